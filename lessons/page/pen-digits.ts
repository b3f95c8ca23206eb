import sharp from 'sharp';
import type { Matrix } from '../../src/arithmetic/index.js';

/** The ten digits as strokes of a pen in a square of 20: MNIST does not come with the project. */
const strokes = [
  'M10 2C4 2 4 18 10 18S16 2 10 2Z',
  'M7 5L11 2V18',
  'M5 5C6 1 15 1 14 7C13 11 7 14 5 18H15',
  'M5 3C10 1 15 3 13 7C12 9 10 9 8 9C13 9 16 12 14 15C12 19 7 19 5 16',
  'M6 2L4 11H15M12 5L11 18',
  'M14 2H7L6 9C10 7 15 9 14 14C13 18 8 19 5 16',
  'M13 2C7 5 4 12 6 16C8 19 14 18 14 14C14 10 8 9 6 13',
  'M5 3H15C12 8 10 12 9 18',
  'M10 9C4 6 6 2 10 2S16 6 10 9C3 13 5 18 10 18S17 13 10 9Z',
  'M14 6C12 1 6 2 6 6S12 11 14 6C14 10 13 15 12 18',
];

/**
 * A digit, light on black as LeNet-5 reads it, 0 to 255.
 *
 * @param side of the picture in pixels; the digit is 20 pixels high, in the middle.
 * @param turn in degrees clockwise; `slant` leans it to the right.
 */
export async function penDigit(
  digit: number,
  { side = 32, turn = 0, slant = 0, pen = 2.4 } = {},
): Promise<Matrix> {
  const place = `translate(${side / 2} ${side / 2}) rotate(${turn}) skewX(${-slant}) translate(-10 -10)`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%"/>` +
    `<path transform="${place}" d="${strokes[digit]}" fill="none" stroke="#fff" stroke-width="${pen}" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
  const { data, info } = await sharp(Buffer.from(svg))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Array.from({ length: side }, (_, row) =>
    Array.from({ length: side }, (_, column) => data[(row * side + column) * info.channels]!),
  );
}
