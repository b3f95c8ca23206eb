import { describe, expect, it } from 'vitest';
import { small } from '../../test/helpers/tiled.js';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { withPreprocessing } from '../models/compose.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import type { Network } from '../models/network.js';
import type { NetworkBuilder } from '../models/network-builder.js';
import { modelSpec } from '../models/registry.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { compilePrefix } from './prefix.js';
import { hasTiledLayers } from './tile-program.js';
import { tiledBfloat16 } from './tiled-bfloat16.js';

const usual = { kernel: 3, padding: 'same', bias: true, activation: 'relu' } as const;

/** Each with the number of layers that are ours. */
const networks: Record<string, [number, height: number, width: number, (net: NetworkBuilder) => void]> = {
  'maps of one slice and of several': [
    3,
    11,
    14,
    (net) => {
      const x = net.convolution('input', 'one', { ...usual, filters: 9 });
      net.convolution(net.convolution(x, 'two', { ...usual, filters: 100 }), 'three', {
        ...usual,
        filters: 40,
      });
    },
  ],
  'strides, large windows, pools': [
    4,
    61,
    47,
    (net) => {
      let x = net.convolution('input', 'one', { ...usual, filters: 32, kernel: 7, stride: 2 });
      x = net.maxPool(x, 'pool', { kernel: 3, stride: 2 });
      x = net.convolution(x, 'two', { ...usual, filters: 64, kernel: 5, padding: 'valid' });
      net.convolution(x, 'three', { ...usual, filters: 48, stride: 2 });
    },
  ],
  'values below 0, and a map that others read': [
    3,
    16,
    16,
    (net) => {
      const { activation: _, ...linear } = usual;
      const x = net.convolution('input', 'one', { ...linear, filters: 24 });
      const y = net.convolution(net.convolution(x, 'two', { ...linear, filters: 40 }), 'three', {
        ...usual,
        filters: 8,
      });
      net.concatenate([net.globalAverage(x, 'low'), net.globalAverage(y, 'high')], 'both');
    },
  ],
};

/** Root of the mean squared difference, relative to that of the values. */
function distance(values: Float32Array, exact: Float32Array): number {
  let [squares, all] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    squares += (values[i]! - exact[i]!) ** 2;
    all += exact[i]! ** 2;
  }
  return Math.sqrt(squares / all);
}

function compare(network: Network, count: number): { ours: number; theirs: number; layers: number } {
  const weighted = withPreprocessing(
    { network, weights: weightsFor(network) },
    modelSpec('vgg16').preprocessing,
  );
  const { pixels } = pixelsFor(network, count);
  const run = (options: Parameters<typeof compilePrefix>[1]) => {
    const prefix = compilePrefix(weighted, options);
    const values = [prefix.run(pixels, count), prefix.run(pixels, count)];
    prefix.dispose();
    expect(values[1]).toEqual(values[0]);
    return values[0]!;
  };
  const exact = run({});
  const [ours, theirs] = [true, false].map((tiled) => distance(run({ precision: 'bfloat16', tiled }), exact));
  return { ours: ours!, theirs: theirs!, layers: tiledBfloat16(foldBatchNorm(weighted).network).length };
}

describe.skipIf(!hasTiledLayers())('layers of ours in bfloat16', () => {
  it.each(Object.entries(networks))(
    'come as close to float32 as TensorFlow’s: %s',
    (_, [expected, height, width, build]) => {
      const network = small(height, width, build);
      for (const count of [1, 2, 5]) {
        const { ours, theirs, layers } = compare(network, count);
        expect(layers).toBe(expected);
        // eight bits of each number are left, half a step of which is 0.2 % of it
        expect(ours).toBeLessThan(0.01);
        expect(ours).toBeLessThan(1.1 * theirs);
      }
    },
  );

  it.each(['vgg11', 'alexnet-torchvision'])('come as close: %s', (name) => {
    const { ours, theirs, layers } = compare(modelSpec(name).buildBase([96, 96, 3]), 3);
    expect(layers).toBeGreaterThan(5);
    expect(ours).toBeLessThan(1.1 * theirs);
  });

  it('leave no tensor and no session behind', () => {
    const network = small(
      ...(networks['maps of one slice and of several']!.slice(1) as [number, number, never]),
    );
    const binding = nativeBinding();
    const before = [binding.getNumOfTensors(), binding.getNumOfSavedModels()];
    compare(network, 2);
    expect([binding.getNumOfTensors(), binding.getNumOfSavedModels()]).toEqual(before);
  });
});
