import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { holm } from './holm.js';

test('the example: 0.01, 0.04, 0.03 and 0.005 at 5 %', () => {
  // 0.005 < 0.05/4 and 0.01 < 0.05/3, but 0.03 is not below 0.05/2, which stops the rest.
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([true, false, false, true]);
});

test('one test is the plain test; none is none', () => {
  expect(holm([0.049])).toEqual([true]);
  expect(holm([0.05])).toEqual([false]);
  expect(holm([])).toEqual([]);
});

test('is never stricter than Bonferroni and never laxer than no correction', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (ps) => {
      for (const [i, significant] of holm(ps).entries()) {
        if (ps[i]! < 0.05 / ps.length) expect(significant).toBe(true);
        if (significant) expect(ps[i]!).toBeLessThan(0.05);
      }
    }),
  );
});

test('of five tests of nothing, at most one family in twenty raises an alarm', () => {
  const random = new Random(3);
  const families = Array.from({ length: 4000 }, () => Array.from({ length: 5 }, () => random.next()));
  const alarms = families.filter((ps) => holm(ps).includes(true)).length;
  expect(alarms / families.length).toBeLessThan(0.06);
  const uncorrected = families.filter((ps) => ps.some((p) => p < 0.05)).length;
  expect(uncorrected / families.length).toBeGreaterThan(0.2);
});
