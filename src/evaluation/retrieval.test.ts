import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { averagePrecision, expectedPrecision, measureRetrieval } from './retrieval.js';

test('average precision, worked out by hand', () => {
  // relevant at 1, 3 and 6: precisions 1/1, 2/3, 3/6
  expect(averagePrecision([1, 3, 6])).toBeCloseTo((1 + 2 / 3 + 1 / 2) / 3, 12);
  expect(averagePrecision([1, 2, 3])).toBe(1);
  expect(averagePrecision([4])).toBe(0.25);
});

test('what chance comes to, against random orders', () => {
  const random = new Random(1);
  const places = Array.from({ length: 30 }, (_, i) => i + 1);
  let sum = 0;
  const orders = 4000;
  for (let i = 0; i < orders; i++) {
    sum += averagePrecision(
      random
        .shuffle(places)
        .slice(0, 5)
        .sort((a, b) => a - b),
    );
  }
  expect(sum / orders).toBeCloseTo(expectedPrecision(5, 30), 2);
  expect(expectedPrecision(7, 7)).toBeCloseTo(1, 12);
  expect(expectedPrecision(1, 1)).toBe(1);
});

test('recall and precision at k, with intervals', () => {
  const queries = [
    { ranks: [1, 2], ranked: 20 },
    { ranks: [3, 11], ranked: 20 },
    { ranks: [6, 7], ranked: 20 },
    { ranks: [15, 16], ranked: 20 },
  ];
  const { recallAt, precisionAt, meanAveragePrecision, queries: n } = measureRetrieval(queries);
  expect(n).toBe(4);
  expect(recallAt.map(({ k, recall }) => [k, recall])).toEqual([
    [1, 0.25],
    [5, 0.5],
    [10, 0.75],
  ]);
  expect(recallAt[1]!.ci95[0]).toBeLessThan(0.5);
  expect(precisionAt.map(({ mean }) => mean)).toEqual([0.25, (0.4 + 0.2) / 4, (0.2 + 0.1 + 0.2) / 4]);
  expect(meanAveragePrecision.ci95).toBeUndefined(); // of four queries
});
