import { describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { holm, holmAdjusted } from './holm.js';
import { mcnemar } from './mcnemar.js';
import { pairedDifference, signFlipP } from './paired-repetitions.js';

const coin = (random: Random, count: number, p: number) =>
  Array.from({ length: count }, () => random.next() < p);

describe('two classifiers on the same pictures', () => {
  test("with one repetition the test is McNemar's", () => {
    const random = new Random(1);
    for (const p of [0.5, 0.7, 0.9]) {
      const [first, second] = [coin(random, 60, p), coin(random, 60, 0.6)];
      const found = pairedDifference([first], [second], random);
      expect(found.p).toBeCloseTo(mcnemar(first, second).p, 10);
      expect(found.ci95[0]).toBeLessThanOrEqual(found.difference);
      expect(found.ci95[1]).toBeGreaterThanOrEqual(found.difference);
    }
  });

  test('saying the same five times is no more evidence than once', () => {
    const random = new Random(2);
    const [first, second] = [coin(random, 40, 0.8), coin(random, 40, 0.5)];
    const five = <T>(row: T) => Array.from({ length: 5 }, () => row);
    expect(pairedDifference(five(first), five(second), random).p).toBeCloseTo(
      pairedDifference([first], [second], random).p,
      10,
    );
  });

  test('of equals one in twenty is called different at most', () => {
    const random = new Random(3);
    let alarms = 0;
    for (let i = 0; i < 400; i++) {
      const hardness = Array.from({ length: 80 }, () => random.next());
      const answers = () =>
        Array.from({ length: 3 }, () =>
          hardness.map((p) => (random.next() < 0.5 ? random.next() < p : undefined)),
        );
      const first = answers();
      const second = first.map((row) =>
        row.map((answer, i) => (answer === undefined ? undefined : random.next() < hardness[i]!)),
      );
      if (pairedDifference(first, second, random).p < 0.05) alarms++;
    }
    expect(alarms / 400).toBeLessThan(0.08);
  });

  test('other pictures are an error', () => {
    expect(() => pairedDifference([[true, undefined]], [[true, true]], new Random(1))).toThrow(RangeError);
  });

  test('the chance of sums with random signs', () => {
    expect(signFlipP([1, 1, 1])).toBeCloseTo(0.25, 12);
    expect(signFlipP([3, 1])).toBeCloseTo(0.5, 12);
    expect(signFlipP([0, 0])).toBe(1);
  });
});

test("Holm's adjusted p-values never fall, and say what the procedure says", () => {
  expect(holmAdjusted([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  const random = new Random(4);
  const ps = Array.from({ length: 12 }, () => random.next() ** 3);
  expect(holm(ps)).toEqual(holmAdjusted(ps).map((p) => p < 0.05));
});
