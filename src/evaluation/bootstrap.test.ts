import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { meanWithInterval } from './bootstrap.js';

test('is near the normal interval for many values, and the same each time', () => {
  const random = new Random(5);
  const values = Array.from({ length: 400 }, () => 3 + random.normal());
  const { mean, n, ci95 } = meanWithInterval(values);
  expect(n).toBe(400);
  expect(ci95![0]).toBeCloseTo(mean - 1.96 / 20, 1);
  expect(ci95![1]).toBeCloseTo(mean + 1.96 / 20, 1);
  expect(meanWithInterval(values)).toEqual({ mean, n, ci95 });
});

test('has no interval for a handful', () => {
  expect(meanWithInterval([1, 2, 6])).toEqual({ mean: 3, n: 3 });
});
