import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { nearestPairs } from './copy-candidates.js';

test('near pairs are found among many blocks, each once, and no tensor is left behind', async () => {
  const [size, width] = [1100, 24];
  const random = new Random(2);
  const features = Float32Array.from({ length: size * width }, () => random.normal());
  const twins = [
    [3, 900],
    [511, 512],
    [40, 41],
  ] as const;
  for (const [one, other] of twins) {
    const row = features.subarray(one * width, (one + 1) * width);
    features.set(
      row.map((value) => value + 0.05 * random.normal()),
      other * width,
    );
  }
  const before = tf.memory().numTensors;
  const pairs = await nearestPairs(features, width, { count: 3, cosine: 0.95 });
  expect(pairs.sort(([a], [b]) => a - b)).toEqual([...twins].sort(([a], [b]) => a - b));
  expect(tf.memory().numTensors).toBe(before);
  expect(await nearestPairs(features.subarray(0, width), width)).toEqual([]);
});
