/** Networks for phones in eight-bit integers: ReLU6, a filter a channel, maps of both signs, sums. */
import { describe, expect, it } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { withPreprocessing } from '../models/compose.js';
import type { Activation, Network } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { calibrate } from './calibrate.js';
import { fidelity } from './fidelity.js';
import { foldForInt8 } from './int8-weights.js';
import { compileInt8Prefix } from './int8-prefix.js';
import { compilePrefix } from './prefix.js';

type Padding = 'same' | 'valid' | number;

/** A network of convolutions with batch normalisations. */
class Small {
  readonly net = new NetworkBuilder('small', [20, 20, 3]);

  whole(from: string, name: string, filters: number, activation?: Activation, kernel = 1): string {
    const x = this.net.convolution(from, `${name}/conv`, { filters, kernel, padding: 'same', bias: false });
    return this.net.batchNorm(x, name, { epsilon: 1e-3, ...(activation && { activation }) });
  }

  depthwise(from: string, name: string, padding: Padding = 'same', stride = 1, kernel = 3): string {
    const x = this.net.depthwise(from, `${name}/conv`, { kernel, stride, padding, bias: false });
    return this.net.batchNorm(x, name, { epsilon: 1e-3, activation: 'relu6' });
  }
}

interface Expected {
  readonly build: (small: Small) => void;
  readonly integer: readonly string[];
  readonly signed: readonly string[];
  readonly sums?: Readonly<Record<string, string>>;
}

/** What is built, and which layers run in integers, which of them with values below 0, and which makes a sum. */
const networks: Record<string, Expected> = {
  'ReLU6, on pixels and behind': {
    build: (small) => void small.whole(small.whole('input', 'one', 8, 'relu6', 3), 'two', 8, 'relu6', 3),
    integer: ['one', 'two'],
    signed: [],
  },
  'a filter a channel, padded in every way': {
    build(small) {
      let x = small.whole('input', 'one', 12, 'relu6', 3);
      x = small.depthwise(x, 'same');
      x = small.depthwise(x, 'strided', 'same', 2, 5);
      x = small.depthwise(x, 'evenly', 1, 2);
      small.depthwise(x, 'not', 'valid');
    },
    integer: ['one', 'same', 'strided', 'evenly', 'not'],
    signed: [],
  },
  'a bottleneck and what reads it': {
    build(small) {
      let x = small.whole('input', 'one', 8, 'relu6', 3);
      x = small.depthwise(small.whole(x, 'wide', 24, 'relu6'), 'deep');
      x = small.whole(x, 'narrow', 8);
      small.whole(x, 'wider', 24, 'relu6');
    },
    integer: ['one', 'wide', 'deep', 'narrow', 'wider'],
    signed: ['narrow'],
  },
  'shortcuts, one after the other': {
    build(small) {
      let x = small.whole(small.whole('input', 'one', 16, 'relu6', 3), 'narrow', 8);
      for (const [i, order] of ['before', 'behind'].entries()) {
        const y = small.whole(
          small.depthwise(small.whole(x, `wide${i}`, 24, 'relu6'), `deep${i}`),
          `linear${i}`,
          8,
        );
        x = small.net.add(order === 'before' ? [x, y] : [y, x], `sum${i}`);
      }
    },
    integer: ['one', 'narrow', 'wide0', 'deep0', 'linear0', 'sum0', 'wide1', 'deep1', 'linear1', 'sum1'],
    signed: ['narrow', 'sum0', 'sum1'],
    sums: { sum0: 'linear0', sum1: 'linear1' },
  },
  'residual blocks with ReLU behind the sum, and a strided shortcut': {
    build(small) {
      const x = small.whole('input', 'one', 8, 'relu', 3);
      const y = small.whole(small.whole(x, 'a', 8, 'relu', 3), 'b', 8, undefined, 3);
      const z = small.net.add([y, x], 'sum', { activation: 'relu' });
      const shortcut = small.whole(z, 'shortcut', 12);
      small.net.add([small.whole(small.whole(z, 'c', 8, 'relu'), 'd', 12), shortcut], 'last', {
        activation: 'relu6',
      });
    },
    integer: ['one', 'a', 'b', 'sum', 'shortcut', 'c', 'd', 'last'],
    signed: ['d'],
    sums: { sum: 'b', last: 'shortcut' },
  },
  'a shortcut that others read too, or later': {
    build(small) {
      const x = small.whole(small.whole('input', 'one', 8, 'relu6', 3), 'narrow', 8);
      const y = small.net.add([x, small.whole(x, 'direct', 8)], 'sum');
      const z = small.whole(small.whole(y, 'wide', 16, 'relu6'), 'linear', 8);
      const sum = small.net.add([y, z], 'another');
      small.net.concatenate(
        [small.net.globalAverage(y, 'ofY'), small.net.globalAverage(sum, 'ofAll')],
        'both',
      );
    },
    integer: ['one', 'narrow', 'direct', 'wide', 'linear'],
    signed: ['narrow', 'direct', 'sum', 'linear'],
  },
  'zeros around values of both signs': {
    build: (small) =>
      void small.whole(
        small.whole(small.whole('input', 'one', 8, 'relu6', 3), 'narrow', 8),
        'padded',
        8,
        'relu6',
        3,
      ),
    integer: ['one', 'narrow'],
    signed: ['narrow'],
  },
};

function made({ build }: Expected) {
  const small = new Small();
  build(small);
  const network: Network = small.net.build();
  const preprocessing = { channelOrder: 'RGB', mean: [127, 127, 127], scale: [64, 64, 64] } as const;
  return withPreprocessing({ network, weights: weightsFor(network) }, preprocessing);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

describe.each(Object.entries(networks))('%s', (_, expected) => {
  const weighted = made(expected);
  const calibration = calibrate(weighted, [pixelsFor(weighted.network, 16, 3)]);
  const { pixels, count } = pixelsFor(weighted.network, 4);

  it('runs in integers where it can', () => {
    const { plan } = foldForInt8(weighted, calibration);
    expect([...plan.integer].sort()).toEqual([...expected.integer].sort());
    expect([...plan.signed].sort()).toEqual([...expected.signed].sort());
    expect(Object.fromEntries(plan.sums)).toEqual(expected.sums ?? {});
    expect(Object.keys(calibration.lowest!).sort()).toEqual([...expected.signed].sort());
    expect(Object.values(calibration.lowest!).every((value) => value < 0)).toBe(true);
  });

  it('comes close to float32, over and over the same, and leaks nothing', () => {
    const binding = nativeBinding();
    const counts = () => [binding.getNumOfTensors(), binding.getNumOfSavedModels()];
    const before = counts();
    const [full, reduced] = [compilePrefix(weighted), compileInt8Prefix(weighted, calibration)];
    const first = reduced.run(pixels, count);
    const result = fidelity(first, full.run(pixels, count), count);
    expect(result.lowestCosine).toBeGreaterThan(0.995);
    const again = Array.from({ length: 100 }, () => bytesOf(reduced.run(pixels, count)));
    expect(again.every((bytes) => bytes.equals(bytesOf(first)))).toBe(true);
    for (const prefix of [full, reduced]) prefix.dispose();
    expect(counts()).toEqual(before);
  });
});

it('a calibration of an older version goes on with the layers that it was made for', () => {
  const weighted = made(networks['residual blocks with ReLU behind the sum, and a strided shortcut']!);
  const { lowest: _, ...older } = calibrate(weighted, [pixelsFor(weighted.network, 16, 3)]);
  const { plan, weights } = foldForInt8(weighted, older);
  expect([...plan.integer]).toEqual(['one', 'a', 'c']);
  expect(weights).toEqual(foldForInt8(weighted, {}).weights);
  const [full, reduced] = [compilePrefix(weighted), compileInt8Prefix(weighted, older)];
  const { pixels, count } = pixelsFor(weighted.network, 4);
  expect(fidelity(reduced.run(pixels, count), full.run(pixels, count), count).good).toBe(true);
  for (const prefix of [full, reduced]) prefix.dispose();
});
