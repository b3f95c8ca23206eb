import { describe, expect, test } from 'vitest';
import { compilePrefix } from '../features/prefix.js';
import { openPrefix } from '../features/frozen-extractor.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { initialWeights } from '../training/initialise.js';
import { withResizedInput } from './compose.js';
import { forward } from './forward.js';
import { NetworkBuilder } from './network-builder.js';
import { networkSchema } from './network-record.js';
import { withPooledFeatures } from './pooled-features.js';
import { branchesOf, sideBySide } from './side-by-side.js';

function base(name: string, side: number, seed: number) {
  const net = new NetworkBuilder(name, [side, side, 3]);
  const x = net.convolution('input', 'conv1', { filters: 4, kernel: 3, padding: 'same', activation: 'relu' });
  net.convolution(x, 'conv2', { filters: 5, kernel: 3, stride: 2, activation: 'relu' });
  const network = withPooledFeatures(net.build(), [
    { layer: 'conv1', pool: 'average' },
    { layer: 'conv2', pool: 'max' },
  ]);
  return { name, network, weights: initialWeights(network, new Random(seed)) };
}

const large = base('large', 12, 1);
const small = { ...base('small', 8, 2), ...withResizedInput(base('small', 8, 2), 12) };
const both = sideBySide([large, small]);
const pixels = Uint8Array.from({ length: 2 * 12 * 12 * 3 }, (_, i) => (i * 37) % 256);

describe('several networks side by side', () => {
  test('put out what each puts out alone, one after the other', () => {
    const [one, other] = [large, small].map((branch) => compilePrefix(branch));
    const settings = { precision: 'each', branches: { large: plain, small: plain } } as const;
    const joined = openPrefix(both, settings);
    try {
      const [a, b] = [one!.run(pixels, 2), other!.run(pixels, 2)];
      const row = (i: number) => [...a.subarray(9 * i, 9 * i + 9), ...b.subarray(9 * i, 9 * i + 9)];
      expect([...joined.run(pixels, 2)]).toEqual([...row(0), ...row(1)]);
      expect(joined.shape).toEqual([18]);
    } finally {
      for (const prefix of [one!, other!, joined]) prefix.dispose();
    }
  });

  test('are one network, which computes the same in one piece, resizing included', () => {
    const whole = compilePrefix(both);
    const before = tf.memory().numTensors;
    const eager = tf.tidy(() => {
      const parameters = new Map(
        [...both.weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
      );
      const batch = tf.tensor(Float32Array.from(pixels), [2, 12, 12, 3]);
      return forward(both.network, parameters, batch).dataSync();
    });
    expect(tf.memory().numTensors).toBe(before);
    const compiled = whole.run(pixels, 2);
    whole.dispose();
    for (const [i, value] of eager.entries()) expect(compiled[i]).toBeCloseTo(value, 4);
    expect(networkSchema.parse(both.network)).toEqual(both.network);
  });

  test('are told apart by the names of their layers', () => {
    const found = branchesOf(both.network, ['large', 'small']);
    expect(found.map(({ name }) => name)).toEqual(['large', 'small']);
    expect(found[1]!.network.layers.some(({ name }) => name.startsWith('large/'))).toBe(false);
    expect(() => branchesOf(both.network, ['large'])).toThrow(
      "'small/conv1_average_normalised' belongs to none",
    );
  });
});

const plain = { precision: 'float32' } as const;
