import { describe, expect, test } from 'vitest';
import { Random } from '../../runtime/random.js';
import { nativeBinding } from '../../runtime/tensorflow.js';
import { type Affine, warped } from './affine.js';
import { finest, greyPicture } from './grey-picture.js';
import { inSixteenths, side } from './layer.js';
import { bestShifts, bestShiftsHere, type Laid, type Shift } from './shifts.js';

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
function plainly(ground: Int16Array, layer: Float32Array, across: number, down: number, least: number) {
  const whole = inSixteenths(layer);
  let [n, p1, p2, w1, w2, pw] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const w = whole[row * side + column]!;
      const [y, x] = [row + down, column + across];
      if (Number.isNaN(layer[row * side + column]!) || y < 0 || x < 0 || y >= side || x >= side) continue;
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
  if (n < least || ps < 256 * n || ws < 256 * n) return Number.NaN;
  return (pw - (p1 * w1) / n) / Math.sqrt(ps * ws);
}

function bestPlainly(
  pair: readonly [Float32Array, Float32Array],
  { above, affine, wide, high, least }: Laid,
) {
  const [ground, layer] = [inSixteenths(pair[1 - above]!), warped(pair[above], affine, side)];
  const all: Shift[] = [];
  for (let down = -high; down <= high; down++) {
    for (let across = -wide; across <= wide; across++) {
      all.push({ correlation: plainly(ground, layer, across, down, least), across, down });
    }
  }
  const told = all.filter(({ correlation }) => !Number.isNaN(correlation));
  return told.sort((a, b) => b.correlation - a.correlation).slice(0, 2);
}

/** Two pictures and thirty ways to lay one on the other. */
function drawn(tries: number) {
  const pair = [noise(255), noise([255, 20, 1.5][tries % 3]!)].map(({ pyramid }) => pyramid[0]!);
  const laid = Array.from({ length: 30 }, (_, i): Laid => {
    const affine = i === 0 ? ([Number.NaN, 0, 0, 0, 1, 0] as const) : placement();
    const [wide, high] = [1 + random.below(9), 1 + random.below(9)];
    return { above: random.below(2) as 0 | 1, affine, wide, high, least: random.between(0, 150) };
  });
  return { pair: [pair[0]!, pair[1]!] as const, laid };
}

test('the two best shifts are those that pixel after pixel gives, to the last bit', () => {
  let told = 0;
  for (let tries = 0; tries < 12; tries++) {
    const { pair, laid } = drawn(tries);
    const expected = laid.map((way) => bestPlainly(pair, way));
    expect(bestShiftsHere(pair, laid)).toEqual(expected);
    told += expected.flat().length;
  }
  expect(told).toBeGreaterThan(300);
});

describe.skipIf(!nativeBinding().bestShifts)('our addon', () => {
  test('gives the same, to the last bit', () => {
    for (let tries = 0; tries < 60; tries++) {
      const { pair, laid } = drawn(tries);
      expect(bestShifts(pair, laid)).toEqual(bestShiftsHere(pair, laid));
    }
  });

  test('takes nothing else', () => {
    const { bestShifts: ask } = nativeBinding();
    const [pixels, way] = [new Float32Array(512), new Float64Array(10)];
    expect(ask!(pixels, way)).toHaveLength(6);
    const far = (place: number, value: number) => way.map((zero, i) => (i === place ? value : zero));
    const wrong = [
      [pixels.subarray(1), way],
      [pixels, way.subarray(1)],
      [way, pixels],
      [pixels],
      [],
    ] as const;
    for (const given of wrong) expect(() => ask!(...(given as [never, never]))).toThrow(/takes the values/);
    for (const place of [0, 7, 8]) {
      for (const value of [10, -1, 0.5, Number.NaN]) {
        expect(() => ask!(pixels, far(place, value))).toThrow(/takes the values/);
      }
    }
  });
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
