import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { macroF1, macroF1Difference, macroF1Interval } from './macro-f1.js';

test('is what scikit-learn says', () => {
  // sklearn.metrics.f1_score([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0], average='macro', zero_division=0)
  const all = { truths: [0, 0, 0, 1, 1, 2], answers: [0, 0, 1, 1, 0, 0], classes: 4 };
  expect(macroF1(all)).toBeCloseTo(0.357142857, 8);
  expect(macroF1(all, Int32Array.of(0, 0, 1))).toBe(1);
});

test('its interval holds the true value in about 95 % of samples', () => {
  const random = new Random(11);
  const draw = (n: number) => {
    const truths = Array.from({ length: n }, () => random.below(3));
    const answers = truths.map((truth) => (random.next() < 0.8 ? truth : random.below(3)));
    return { truths, answers, classes: 3 };
  };
  const value = macroF1(draw(100_000));
  let held = 0;
  for (let i = 0; i < 40; i++) {
    const [low, high] = macroF1Interval(draw(150))!;
    if (low <= value && value <= high) held++;
  }
  expect(held).toBeGreaterThan(34);
});

test('there is none where nothing is known of mistakes', () => {
  const truths = Array.from({ length: 20 }, (_, i) => i % 2);
  expect(macroF1Interval({ truths, answers: truths, classes: 2 })).toBeUndefined();
});

test('the difference is paired: of nearly the same answers it is narrow', () => {
  const truths = Array.from({ length: 200 }, (_, i) => i % 2);
  const answers = truths.map((truth, i) => (i % 10 === 0 ? 1 - truth : truth));
  const first = { truths, answers: answers.with(0, truths[0]!), classes: 2 };
  const { difference, ci95 } = macroF1Difference(first, { answers });
  expect(difference).toBeCloseTo(0.005, 3);
  expect(ci95![1] - ci95![0]).toBeLessThan(0.03);
  expect(macroF1Difference(first, { answers: first.answers })).toEqual({ difference: 0 });
});
