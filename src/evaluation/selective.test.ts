import { expect, test } from 'vitest';
import { chooseThreshold, selectiveCurve, selectiveFigures } from './selective.js';

const answers = [
  { confidence: 0.9, right: true },
  { confidence: 0.6, right: false },
  { confidence: 0.8, right: true },
  { confidence: 0.8, right: false },
  { confidence: 0.7, right: true },
];

test('answers below the threshold are left open', () => {
  const { answered, accuracy, n } = selectiveFigures(answers, 0.8);
  expect([answered, n]).toEqual([3, 5]);
  expect(accuracy).toBeCloseTo(2 / 3);
  expect(selectiveFigures(answers, 0.95)).toMatchObject({ answered: 0, accuracy: null, ci95: null });
});

test('the curve goes from the surest answers to all; equals come together', () => {
  const curve = selectiveCurve(answers);
  expect(curve.map(({ threshold, answered }) => [threshold, answered])).toEqual([
    [0.9, 1],
    [0.8, 3],
    [0.7, 4],
    [0.6, 5],
  ]);
  for (const point of curve) expect(point).toEqual(selectiveFigures(answers, point.threshold));
});

test('a long curve keeps some points, the last among them', () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ confidence: 1 - i / 5000, right: i % 7 > 0 }));
  const curve = selectiveCurve(many, 50);
  expect(curve.length).toBeLessThanOrEqual(51);
  expect(curve.at(-1)!.answered).toBe(5000);
});

test('a threshold is chosen for an accuracy, unless too few answers are left to show it', () => {
  expect(chooseThreshold(answers, 0.7)).toBe(0.7);
  expect(chooseThreshold(answers, 0.9)).toBeUndefined();
  const hundred = Array.from({ length: 120 }, (_, i) => ({ confidence: 1 - i / 200, right: i < 101 }));
  expect(chooseThreshold(hundred, 0.99)).toBeCloseTo(1 - 101 / 200);
});
