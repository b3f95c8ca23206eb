import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { conformalSet, conformalThreshold, fewestForCoverage, setFigures } from './conformal.js';

test('the arithmetic of few pictures: (n + 1) · coverage must not exceed n', () => {
  expect(fewestForCoverage(0.9)).toBe(9);
  expect(fewestForCoverage(0.95)).toBe(19);
  expect(fewestForCoverage(0.99)).toBe(99);
  const nine = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  expect(conformalThreshold(nine, 0.9)).toBe(0.1);
  expect(conformalThreshold(nine, 0.5)).toBe(0.5);
  expect(() => conformalThreshold(nine.slice(1), 0.9)).toThrow('at most 8 / 9 for 8 pictures');
  expect(() => conformalThreshold(nine, 1)).toThrow(RangeError);
});

test('a set holds the likeliest classes, the likeliest first, or none', () => {
  expect(conformalSet([0.2, 0.5, 0.3], 0.25)).toEqual([1, 2]);
  expect(conformalSet([0.2, 0.5, 0.3], 0.6)).toEqual([]);
});

test('figures count what is covered', () => {
  const rows = [
    { path: 'a', label: 0, probabilities: [0.9, 0.1] },
    { path: 'b', label: 1, probabilities: [0.6, 0.4] },
    { path: 'c', label: 1, probabilities: [0.7, 0.3] },
  ];
  const figures = setFigures(rows, 0.4);
  expect(figures.coverage).toBeCloseTo(2 / 3);
  expect(figures.sizes).toEqual([0, 2, 1]);
  expect(figures.size.mean).toBeCloseTo(4 / 3);
});

/** Classifiers whose probabilities are wrong in every way: too sure, and of little use. */
function invented(count: number, sharpness: number, random: Random) {
  return Array.from({ length: count }, (_, i) => {
    const label = random.below(4);
    const logits = Array.from(
      { length: 4 },
      (_, c) => 3 * sharpness * random.normal() + (c === label ? 2 : 0),
    );
    const powers = logits.map((logit) => Math.exp(logit));
    const sum = powers.reduce((a, b) => a + b, 0);
    return { path: String(i), label, probabilities: powers.map((power) => power / sum) };
  });
}

test.each([0.2, 1, 3])(
  'over 100 splits the mean coverage is what was asked for (sharpness %f)',
  (sharpness) => {
    const random = new Random(3);
    for (const [n, coverage] of [
      [19, 0.9],
      [100, 0.9],
      [150, 0.95],
    ] as const) {
      let covered = 0;
      for (let split = 0; split < 100; split++) {
        const truth = invented(n + 200, sharpness, random).map((one) => one.probabilities[one.label]!);
        const threshold = conformalThreshold(truth.slice(0, n), coverage);
        covered += truth.slice(n).filter((probability) => probability >= threshold).length;
      }
      const exact = Math.ceil((n + 1) * coverage - 1e-9) / (n + 1);
      expect(Math.abs(covered / 20_000 - exact)).toBeLessThan(0.01 + (n < 50 ? 0.01 : 0));
    }
  },
);
