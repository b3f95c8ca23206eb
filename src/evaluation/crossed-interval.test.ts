import { describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { repeatedAccuracy } from './crossed-interval.js';
import { wilsonInterval } from './intervals.js';

const row = (right: number, count: number) => Array.from({ length: count }, (_, i) => i < right);

describe('the accuracy of several repetitions on the same pictures', () => {
  test.each([
    [90, 100],
    [100, 100],
    [0, 7],
  ])("has Wilson's interval when there is one: %i of %i", (right, count) => {
    const { accuracy, ci95, variance } = repeatedAccuracy([row(right, count)]);
    const { low, high } = wilsonInterval(right, count);
    expect(accuracy).toBe(right / count);
    expect(ci95[0]).toBeCloseTo(low, 10);
    expect(ci95[1]).toBeCloseTo(high, 10);
    expect(variance).toBeCloseTo((accuracy * (1 - accuracy)) / count, 10);
  });

  test('gains nothing from repetitions that all say the same', () => {
    const one = repeatedAccuracy([row(80, 100)]);
    const many = repeatedAccuracy(Array.from({ length: 20 }, () => row(80, 100)));
    for (const end of [0, 1]) expect(many.ci95[end]).toBeCloseTo(one.ci95[end]!, 10);
  });

  test('holds the truth 95 times in 100, or a little oftener', () => {
    const random = new Random(3);
    const logistic = (x: number) => 1 / (1 + Math.exp(-x));
    // of many repetitions and pictures
    const draws = Array.from({ length: 200_000 }, () =>
      logistic(2 + random.normal() * 0.5 + random.normal() * 1.5),
    );
    const truth = draws.reduce((a, b) => a + b, 0) / draws.length;
    let held = 0;
    const trials = 600;
    for (let i = 0; i < trials; i++) {
      const pictures = Array.from({ length: 150 }, () => random.normal() * 1.5);
      const right = Array.from({ length: 10 }, () => {
        const ability = random.normal() * 0.5;
        return pictures.map((hardness) => random.next() < logistic(2 + ability + hardness));
      });
      const [low, high] = repeatedAccuracy(right).ci95;
      if (low <= truth && truth <= high) held++;
    }
    expect(held / trials).toBeGreaterThan(0.93);
    expect(held / trials).toBeLessThan(0.995);
  });

  test('nothing to judge is an error', () => {
    expect(() => repeatedAccuracy([])).toThrow(RangeError);
    expect(() => repeatedAccuracy([[]])).toThrow(RangeError);
  });
});
