import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { pairedDifferenceInterval, wilsonInterval } from './intervals.js';

describe('Wilson interval', () => {
  // scipy.stats.binomtest(right, count).proportion_ci(method='wilson'), scipy 1.17; the first three are also in
  // Newcombe 1998, Statistics in Medicine 17: 857–872, table I
  test.each([
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [15, 148, 0.06238639953073629, 0.16048724172330803],
    [1, 29, 0.006113214292762667, 0.17175521879320282],
    [675, 698, 0.9510406926754981, 0.9779440399955485],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
  ])('%i of %i', (right, count, low, high) => {
    const interval = wilsonInterval(right, count);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  test('holds the share and stays within 0 and 1', () => {
    const share = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), share, (n, part) => {
        const right = Math.round(n * part);
        const { low, high } = wilsonInterval(right, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(right / n);
        expect(high).toBeGreaterThanOrEqual(right / n);
      }),
    );
  });

  test.each([
    [0, 0],
    [5, 4],
    [-1, 4],
    [Number.NaN, 4],
  ])('refuses %d of %d', (right, count) => {
    expect(() => wilsonInterval(right, count)).toThrow(`received ${right} of ${count}`);
  });
});

describe('interval of a paired difference', () => {
  // Counts of Agresti, Categorical Data Analysis, 2nd edition, table 10.1 (approval of a prime minister, asked twice).
  // The plain Wald interval is 0.0213 to 0.0587; with half an answer more in each cell, the formula in Python's floats:
  test('the survey of 1,600', () => {
    const { low, high } = pairedDifferenceInterval(150, 86, 1600);
    expect(low).toBeCloseTo(0.021217189117972622, 12);
    expect(high).toBeCloseTo(0.05868293572597245, 12);
  });

  test('turns its sign with the order', () => {
    const one = pairedDifferenceInterval(60, 5, 150);
    const other = pairedDifferenceInterval(5, 60, 150);
    expect(one.low).toBeGreaterThan(0);
    expect(other).toEqual({ low: -one.high, high: -one.low });
  });

  test('keeps its doubt when both agree on every picture', () => {
    const { low, high } = pairedDifferenceInterval(0, 0, 50);
    expect(high).toBeGreaterThan(0.02);
    expect(low).toBe(-high);
  });

  test('holds the true difference about 95 times in 100', () => {
    const random = new Random(1);
    let held = 0;
    for (let trial = 0; trial < 2000; trial++) {
      let [onlyFirst, onlySecond] = [0, 0];
      for (let i = 0; i < 150; i++) {
        const toss = random.next();
        if (toss < 0.06) onlyFirst++;
        else if (toss < 0.08) onlySecond++;
      }
      const { low, high } = pairedDifferenceInterval(onlyFirst, onlySecond, 150);
      if (low <= 0.04 && high >= 0.04) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.93);
    expect(held / 2000).toBeLessThan(0.98);
  });
});
