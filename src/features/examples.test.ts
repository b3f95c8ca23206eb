import { describe, expect, it } from 'vitest';
import { Random } from '../runtime/random.js';
import { balancedClassWeights, batches, examplesInMemory, heldInMemory, joinExamples } from './examples.js';

const five = examplesInMemory(
  Float32Array.from([0, 1, 10, 11, 20, 21, 30, 31, 40, 41]),
  [2],
  [0, 1, 2, 0, 1],
);

describe('batches', () => {
  it('pad the last one with zeros of weight 0', () => {
    const [, , last] = [...batches(five, 2)];
    expect(last).toEqual({
      inputs: Float32Array.from([40, 41, 0, 0]),
      labels: Int32Array.from([1, 0]),
      weights: Float32Array.from([1, 0]),
      count: 1,
    });
  });

  it('hold every example once, in an order that the seed decides', () => {
    const order = (seed: number) =>
      [...batches(five, 2, { random: new Random(seed) })].flatMap(({ inputs, count }) =>
        Array.from({ length: count }, (_, i) => inputs[2 * i]!),
      );
    expect([...order(1)].sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40]);
    expect(order(1)).toEqual(order(1));
    expect(new Set([1, 2, 3, 4].map((seed) => order(seed).join())).size).toBeGreaterThan(1);
  });

  it('weigh the examples by their class', () => {
    const [first] = [...batches(five, 3, { classWeights: [1, 2, 4] })];
    expect(first!.weights).toEqual(Float32Array.from([1, 2, 4]));
  });
});

it('joins two sets, read in any order', () => {
  const two = examplesInMemory(Float32Array.from([50, 51, 60, 61]), [2], [2, 2]);
  const joined = joinExamples(five, two);
  expect(joined.size).toBe(7);
  expect(joined.labels).toEqual([0, 1, 2, 0, 1, 2, 2]);
  expect(joined.read([6, 0, 5, 4])).toEqual(Float32Array.from([60, 61, 0, 1, 50, 51, 40, 41]));
});

it('holds small sets in memory and leaves large ones where they are', () => {
  let reads = 0;
  const stored = {
    ...five,
    read(places: readonly number[]) {
      reads++;
      return five.read(places);
    },
  };
  const held = heldInMemory(stored);
  expect(held.read([3, 1])).toEqual(five.read([3, 1]));
  held.read([0]);
  expect(reads).toBe(1);
  expect(heldInMemory(stored, 39)).toBe(stored);
});

it('balances classes as examples / (classes · examples of the class)', () => {
  expect(balancedClassWeights([0, 0, 0, 1], 3)).toEqual([4 / 9, 4 / 3, 0]);
});
