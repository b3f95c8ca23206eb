import { describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { forecast, type SizedAnswers } from './forecast.js';
import { errorAt, fitPowerLaw } from './power-law.js';

const sizes = [10, 20, 50, 100, 200, 500];

describe('the power law', () => {
  test.each([
    { floor: 0.05, scale: 1, rate: 0.5 },
    { floor: 0, scale: 0.8, rate: 0.3 },
    { floor: 0.1, scale: 2, rate: 0.9 },
  ])('is found again from its own values: %o', (law) => {
    const points = sizes.map((n) => ({ n, error: errorAt(law, n), weight: 1 }));
    const found = fitPowerLaw(points);
    for (const n of [...sizes, 1000, 2000]) expect(errorAt(found, n)).toBeCloseTo(errorAt(law, n), 2);
  });

  test('never rises, and has no floor below nothing', () => {
    const rising = fitPowerLaw(sizes.map((n, i) => ({ n, error: 0.1 + 0.01 * i, weight: 1 })));
    expect(rising.scale).toBe(0);
    const steep = fitPowerLaw(sizes.map((n) => ({ n, error: Math.max(0, 0.5 - n / 400), weight: 1 })));
    expect(steep.floor).toBeGreaterThanOrEqual(0);
    expect(() => fitPowerLaw([{ n: 1, error: 0.1, weight: 1 }])).toThrow(RangeError);
  });
});

/** Made-up answers of networks whose error follows a law, with hard and easy pictures and lucky draws. */
function answers(law: Parameters<typeof errorAt>[0], random: Random): SizedAnswers[] {
  const hardness = Array.from({ length: 400 }, () => random.next());
  const luck = Array.from({ length: 12 }, () => random.normal());
  return sizes.map((pictures) => {
    const right = luck.map((own) => {
      const error = errorAt(law, pictures) * Math.exp((0.5 * own) / Math.sqrt(pictures));
      // the harder half of the pictures is wrong three times as often
      return hardness.map((value) => random.next() >= error * (value > 0.5 ? 1.5 : 0.5));
    });
    return { pictures, right };
  });
}

describe('a forecast', () => {
  test('holds the truth nearly always, and its middle lies near it', () => {
    const random = new Random(5);
    const law = { floor: 0.04, scale: 1, rate: 0.5 };
    let held = 0;
    for (let i = 0; i < 10; i++) {
      const [twice, fourTimes] = forecast(answers(law, random), [2, 4], random.fork(String(i)))!.points;
      const truth = 1 - errorAt(law, 1000);
      expect(Math.abs(twice!.accuracy - truth)).toBeLessThan(0.04);
      if (twice!.ci95[0] <= truth && truth <= twice!.ci95[1]) held++;
      expect(fourTimes!.pictures).toBe(2000);
      expect(fourTimes!.ci95[1] - fourTimes!.ci95[0]).toBeGreaterThan(twice!.ci95[1] - twice!.ci95[0]);
      expect(twice!.gain).toBeGreaterThanOrEqual(0);
    }
    expect(held).toBeGreaterThanOrEqual(9);
  });

  test('is the same for the same seed, and none with three sizes', () => {
    const some = answers({ floor: 0.04, scale: 1, rate: 0.5 }, new Random(1));
    expect(forecast(some, [2], new Random(2))).toEqual(forecast(some, [2], new Random(2)));
    expect(forecast(some.slice(0, 3), [2], new Random(2))).toBeUndefined();
  });
});
