import { expect, test } from 'vitest';
import { Random } from '../../runtime/random.js';
import { type Affine, warped } from './affine.js';
import { finest, greyPicture } from './grey-picture.js';
import { emptyLayer, findRuns, side } from './layer.js';
import { correlateShifted, emptyShifts, groundOf } from './shifts.js';

const random = new Random(4);
/** Noise up to some brightness, black in places. */
function noise(brightest: number) {
  const pixels = Uint8Array.from({ length: finest * finest }, () =>
    Math.max(0, random.between(-brightest / 3, brightest)),
  );
  return greyPicture(pixels, 1);
}

/** Sizes, turns and shifts; some beyond all that is ever asked for. */
const placement = (): Affine => {
  const [size, turn] = [random.between(0.6, 2), random.between(-0.3, 0.3)];
  const shift = () => [0, random.between(-0.5, 0.5)][random.below(2)]!;
  return [size, turn, shift(), -turn, size, shift()];
};

/** Pixel after pixel, row by row. */
function plainly(ground: Float32Array, layer: Float32Array, across: number, down: number, least: number) {
  let [n, p1, p2, w1, w2, pw] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const w = layer[row * side + column]!;
      const [y, x] = [row + down, column + across];
      if (Number.isNaN(w) || y < 0 || x < 0 || y >= side || x >= side) continue;
      const p = ground[y * side + x]!;
      n++;
      p1 += p;
      p2 += p * p;
      w1 += w;
      w2 += w * w;
      pw += p * w;
    }
  }
  const [ps, ws] = [p2 - (p1 * p1) / n, w2 - (w1 * w1) / n];
  if (n < least || ps < n || ws < n) return Number.NaN;
  return (pw - (p1 * w1) / n) / Math.sqrt(ps * ws);
}

test('each shift correlates as it does pixel after pixel, to the last bit', () => {
  const [layer, shifts] = [emptyLayer(), emptyShifts()];
  let told = 0;
  for (let tries = 0; tries < 120; tries++) {
    const [picture, other] = [noise(255), noise([255, 20, 1.5][tries % 3]!)];
    const [wide, high] = [random.below(10), random.below(10)];
    const least = random.between(0, 150);
    warped(other.pyramid[0]!, placement(), side, layer.values);
    if (tries % 10 === 0) layer.values.fill(Number.NaN, 64, 100); // a hole
    if (tries % 40 === 0) layer.values.fill(Number.NaN);
    findRuns(layer);
    correlateShifted(groundOf(picture.pyramid[0]!), layer, { wide, high, least }, shifts);
    const expected: number[] = [];
    for (let down = -high; down <= high; down++) {
      for (let across = -wide; across <= wide; across++) {
        expected.push(plainly(picture.pyramid[0]!, layer.values, across, down, least));
      }
    }
    expect([...shifts.correlations.subarray(0, expected.length)]).toEqual(expected);
    told += expected.filter((correlation) => !Number.isNaN(correlation)).length;
  }
  expect(told).toBeGreaterThan(3000);
});

/** Between four pixels. */
function valueAt(values: Float32Array, x: number, y: number): number {
  const [column, row] = [((x + 1) * side - 1) / 2, ((y + 1) * side - 1) / 2];
  if (!(column >= 0 && row >= 0 && column <= side - 1 && row <= side - 1)) return Number.NaN;
  const [left, top] = [Math.min(side - 2, Math.floor(column)), Math.min(side - 2, Math.floor(row))];
  const along = (at: number) => values[at]! + (column - left) * (values[at + 1]! - values[at]!);
  const [upper, lower] = [along(top * side + left), along((top + 1) * side + left)];
  return upper + (row - top) * (lower - upper);
}

test('a picture lies on another as its value at each place says, to the last bit', () => {
  const centre = (i: number) => (2 * i + 1) / side - 1;
  for (let tries = 0; tries < 40; tries++) {
    const values = noise(255).pyramid[0]!;
    const [a, b, c, d, e, f] = tries === 0 ? ([1, 0, 0, 0, 1, 0] as const) : placement();
    const expected = Float32Array.from({ length: side * side }, (_, at) => {
      const [x, y] = [centre(at % side), centre(Math.floor(at / side))];
      return valueAt(values, a * x + b * y + c, d * x + e * y + f);
    });
    expect(warped(values, [a, b, c, d, e, f], side)).toEqual(expected);
  }
});
