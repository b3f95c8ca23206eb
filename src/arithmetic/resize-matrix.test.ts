import { expect, test } from 'vitest';
import { enlarge } from '../data/enlarge.js';
import { resizeMatrix } from './resize-matrix.js';

const rowOf = (from: number, to: number, place: number) => [
  ...resizeMatrix(from, to).subarray(place * from, (place + 1) * from),
];

test('reducing takes a triangle as wide as the reduction, cut off at the border', () => {
  // centres at 1 and 3, reach 2: 3/4, 3/4, 1/4 of three pixels, scaled to 1
  const [first, second] = [rowOf(4, 2, 0), rowOf(4, 2, 1)];
  for (const [i, expected] of [3 / 7, 3 / 7, 1 / 7, 0].entries()) expect(first[i]).toBeCloseTo(expected, 6);
  expect(second.reverse()).toEqual(first);
});

test('enlarging goes linearly between the centres of pixels, as pictures are enlarged', () => {
  const pixels = Uint8Array.from([0, 200, 100]);
  const whole = { height: 1, width: 7 };
  const enlarged = enlarge({ pixels, height: 1, width: 3, channels: 1 }, whole);
  const mapped = [...enlarged.keys()].map((place) =>
    rowOf(3, 7, place).reduce((sum, weight, i) => sum + weight * pixels[i]!, 0),
  );
  for (const [i, value] of mapped.entries()) expect(Math.abs(value - enlarged[i]!)).toBeLessThanOrEqual(0.51);
});

test('a side that keeps its size stays as it is', () => {
  expect([...resizeMatrix(3, 3)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});
