import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedDifferenceInterval, wilsonInterval } from './intervals.js';
import { mcnemar } from './mcnemar.js';
import { confusionMatrix, measure, surestMistakes } from './metrics.js';

describe('Wilson interval', () => {
  // the formula in Python's float arithmetic, z = statistics.NormalDist().inv_cdf(0.975)
  test.each([
    [675, 698, 0.9510407, 0.977944],
    [0, 10, 0, 0.2775328],
    [10, 10, 0.7224672, 1],
    [5, 10, 0.2365931, 0.7634069],
  ])('%i of %i', (right, count, low, high) => {
    const interval = wilsonInterval(right, count);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test('holds the share and stays within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.float({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const right = Math.round(n * share);
          const { low, high } = wilsonInterval(right, n);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(right / n);
          expect(high).toBeGreaterThanOrEqual(right / n);
        },
      ),
    );
  });

  test('refuses an empty set', () => {
    expect(() => wilsonInterval(0, 0)).toThrow('received 0 of 0');
  });
});

describe('McNemar', () => {
  const answers = (onlyFirst: number, onlySecond: number) => {
    const first = [...new Array(onlyFirst).fill(true), ...new Array(onlySecond).fill(false), true, false];
    const second = [...new Array(onlyFirst).fill(false), ...new Array(onlySecond).fill(true), true, false];
    return [first, second] as const;
  };
  // python3 -c "from math import comb; print(2 * sum(comb(60, k) for k in range(21)) / 2**60)" and likewise
  test.each([
    [0, 0, 1],
    [1, 9, 0.021484375],
    [5, 5, 1],
    [0, 10, 0.001953125],
    [20, 40, 0.0134893],
  ])('%i against %i', (onlyFirst, onlySecond, p) => {
    expect(mcnemar(...answers(onlyFirst, onlySecond)).p).toBeCloseTo(p, 5);
  });

  test('thousands of tosses neither overflow nor vanish', () => {
    const { p } = mcnemar(...answers(2500, 2400));
    expect(p).toBeGreaterThan(0.1);
    expect(p).toBeLessThan(0.2);
  });
});

test('the paired interval of a clear difference leaves out 0', () => {
  const { low, high } = pairedDifferenceInterval(60, 5, 150);
  expect(low).toBeGreaterThan(0.2);
  expect(high).toBeLessThan(0.5);
});

describe('metrics', () => {
  const labels = ['ant', 'bee', 'cat'];
  const predictions = [
    { path: 'a', label: 0, probabilities: [0.8, 0.1, 0.1] },
    { path: 'b', label: 0, probabilities: [0.1, 0.7, 0.2] },
    { path: 'c', label: 1, probabilities: [0.2, 0.6, 0.2] },
    { path: 'd', label: 1, probabilities: [0.9, 0.05, 0.05] },
  ];

  test('accuracy, precision, recall, balanced accuracy', () => {
    const metrics = measure(predictions, labels);
    expect(metrics.accuracy).toBe(0.5);
    expect(metrics.perClass['ant']).toMatchObject({ n: 2, accuracy: 0.5, precision: 0.5, f1: 0.5 });
    expect(metrics.perClass['cat']).toBeUndefined();
    expect(metrics.balancedAccuracy).toBe(0.5);
    expect(metrics.top5).toBeUndefined();
    expect(metrics.logLoss).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.1) + Math.log(0.6) + Math.log(0.05)) / 4,
    );
  });

  test('the confusion matrix has true classes in rows', () => {
    expect(confusionMatrix(predictions, 3)).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
  });

  test('the surest mistake comes first', () => {
    expect(surestMistakes(predictions, 1).map(({ path }) => path)).toEqual(['d']);
  });

  test('top-5 counts with more than five classes', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    const row = [0.3, 0.25, 0.2, 0.15, 0.07, 0.03];
    expect(measure([{ path: 'x', label: 5, probabilities: row }], six).top5).toBe(0);
    expect(measure([{ path: 'x', label: 4, probabilities: row }], six).top5).toBe(1);
  });
});
