import { expect, test } from 'vitest';
import { Random } from '../../runtime/random.js';
import { finest, greyPicture, levels, mirrored } from './grey-picture.js';

const random = new Random(8);
const picture = greyPicture(
  Uint8Array.from({ length: finest * finest }, () => random.below(256)),
  1.5,
);

test('each level holds the means of four pixels of the next', () => {
  expect(picture.pyramid.map(({ length }) => length)).toEqual(levels.map((side) => side * side));
  for (const [i, values] of picture.pyramid.slice(0, -1).entries()) {
    const [side, finer] = [levels[i]!, picture.pyramid[i + 1]!];
    const pixel = (row: number, column: number) => finer[row * 2 * side + column]!;
    for (const [at, value] of values.entries()) {
      const [row, column] = [2 * Math.floor(at / side), 2 * (at % side)];
      const sum =
        pixel(row, column) + pixel(row, column + 1) + pixel(row + 1, column) + pixel(row + 1, column + 1);
      expect(value).toBe(sum / 4);
    }
  }
});

test('a mirror image has each row backwards, and twice mirrored is the picture', () => {
  const mirror = mirrored(picture);
  for (const [i, side] of levels.entries()) {
    for (let start = 0; start < side * side; start += side) {
      const row = picture.pyramid[i]!.slice(start, start + side);
      expect(mirror.pyramid[i]!.slice(start, start + side)).toEqual(row.toReversed());
    }
  }
  expect(mirrored(mirror)).toEqual(picture);
});
