import { expect, test } from 'vitest';
import { rankCorrelation } from './rank-correlation.js';

test('counts the order alone', () => {
  expect(rankCorrelation([1, 2, 3, 4], [10, 20, 1000, 1001])).toBeCloseTo(1, 12);
  expect(rankCorrelation([1, 2, 3, 4], [4, 3, 2, -100])).toBeCloseTo(-1, 12);
});

test('ties share their ranks: 7.25 of 9.5, reckoned by hand', () => {
  expect(rankCorrelation([1, 2, 2, 3, 5], [2, 1, 4, 4, 6])).toBeCloseTo(7.25 / 9.5, 9);
});

test('is 0 where there is no order', () => {
  expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBe(0);
  expect(rankCorrelation([1, 2, 3], [1, NaN, 3])).toBe(0);
});
