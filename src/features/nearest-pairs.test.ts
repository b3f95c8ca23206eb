import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { nearestPairs } from './nearest-pairs.js';

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
  const given = features.slice();
  const pairs = [...(await nearestPairs(given, width, { count: 3, cosine: 0.95 }))];
  expect(pairs.sort(([a], [b]) => a - b)).toEqual([...twins].sort(([a], [b]) => a - b));
  expect(tf.memory().numTensors).toBe(before);
  expect(await nearestPairs(features.slice(0, width), width)).toEqual([]);
});

test('with more pictures than are compared at once the nearest are those of all', async () => {
  const [size, width, count] = [17_500, 3, 2];
  const random = new Random(3);
  const features = Float32Array.from({ length: size * width }, () => random.normal());
  const told = new Set([...(await nearestPairs(features, width, { count, cosine: 0.5 }))].map(String));
  expect(told.size).toBeGreaterThan(size); // of the two that each has many are mutual
  for (const one of [0, 511, 512, 16_383, 16_384, 17_499]) {
    const cosineTo = (other: number) =>
      [0, 1, 2].reduce((sum, i) => sum + features[one * width + i]! * features[other * width + i]!, 0);
    const others = Array.from({ length: size }, (_, other) => other).filter((other) => other !== one);
    const nearest = others.sort((a, b) => cosineTo(b) - cosineTo(a)).slice(0, count);
    for (const other of nearest) expect(told).toContain(String([one, other].sort((a, b) => a - b)));
  }
});
