import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { dealFolds } from './deal-folds.js';

test('every fold gets its share of each class, in another deal for another seed', () => {
  const labels = Array.from({ length: 103 }, (_, i) => (i < 20 ? 0 : i < 50 ? 1 : 2));
  const groups = labels.map((_, i) => String(i));
  const folds = dealFolds(labels, groups, 5, new Random(1));
  for (const label of [0, 1, 2]) {
    const sizes = [0, 1, 2, 3, 4].map(
      (f) => folds.filter((fold, i) => fold === f && labels[i] === label).length,
    );
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
  expect(dealFolds(labels, groups, 5, new Random(1))).toEqual(folds);
  expect(dealFolds(labels, groups, 5, new Random(2))).not.toEqual(folds);
});

test('what belongs together stays together', () => {
  const random = new Random(3);
  const groups = Array.from({ length: 200 }, () => `animal ${random.below(30)}`);
  const labels = groups.map((group) => group.length % 3);
  const folds = dealFolds(labels, groups, 4, random);
  for (const group of new Set(groups)) {
    expect(new Set(folds.filter((_, i) => groups[i] === group)).size).toBe(1);
  }
  expect(new Set(folds).size).toBe(4);
});
