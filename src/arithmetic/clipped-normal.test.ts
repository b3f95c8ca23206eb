import { expect, it } from 'vitest';
import { Random } from '../runtime/random.js';
import { clippedNormal } from './clipped-normal.js';

it.each([
  [0, 1, Number.POSITIVE_INFINITY],
  [1, 2, 6],
  [-3, 1.5, 6],
  [8, 3, 6],
  [3, 0.1, 6],
  [2, 4, 1],
])(
  'a normal number of mean %d and deviation %d, cut off at 0 and %d, is what samples say',
  (m, s, highest) => {
    const random = new Random(3);
    const values = Array.from({ length: 40_000 }, () =>
      Math.min(Math.max(m + s * random.normal(), 0), highest),
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const result = clippedNormal({ mean: m, deviation: s }, highest);
    expect(Math.abs(result.mean - mean)).toBeLessThan(0.03 * s);
    expect(Math.abs(result.deviation - Math.sqrt(variance))).toBeLessThan(0.03 * s);
  },
);

it('without deviation it is the number itself, cut off; of the standard one it is known', () => {
  expect(clippedNormal({ mean: 7, deviation: 0 }, 6)).toEqual({ mean: 6, deviation: 0 });
  expect(clippedNormal({ mean: -1, deviation: 0 })).toEqual({ mean: 0, deviation: 0 });
  const { mean, deviation } = clippedNormal({ mean: 0, deviation: 1 });
  expect(mean).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 6);
  expect(deviation).toBeCloseTo(Math.sqrt(1 / 2 - 1 / (2 * Math.PI)), 6);
});
