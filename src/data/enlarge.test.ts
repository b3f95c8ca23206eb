import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { enlarge, type Raster, type Window } from './enlarge.js';

/** The same, pixel by pixel. */
function plainly(
  { pixels, height, width, channels }: Raster,
  whole: { readonly height: number; readonly width: number },
  window: Window = { left: 0, top: 0, ...whole },
  picture: Window = { left: 0, top: 0, height, width },
): number[] {
  const within = (at: number, size: number) => Math.min(size - 1, Math.max(0, at));
  const result: number[] = [];
  for (let y = 0; y < window.height; y++) {
    const row = within((window.top + y + 0.5) * (picture.height / whole.height) - 0.5 - picture.top, height);
    for (let x = 0; x < window.width; x++) {
      const column = within(
        (window.left + x + 0.5) * (picture.width / whole.width) - 0.5 - picture.left,
        width,
      );
      const [top, left] = [Math.floor(row), Math.floor(column)];
      for (let c = 0; c < channels; c++) {
        const value = (i: number, j: number) =>
          pixels[(within(i, height) * width + within(j, width)) * channels + c]!;
        const between = (i: number) =>
          value(i, left) + (value(i, left + 1) - value(i, left)) * (column - left);
        result.push(Math.floor(between(top) + (between(top + 1) - between(top)) * (row - top) + 0.5));
      }
    }
  }
  return result;
}

const random = new Random(7);
const noise = (height: number, width: number, channels: number): Raster => ({
  pixels: Uint8Array.from({ length: height * width * channels }, () => random.below(256)),
  height,
  width,
  channels,
});

test.each([1, 2, 3, 4])('%i channels: every byte is what one pixel after another gives', (channels) => {
  for (let tries = 0; tries < 40; tries++) {
    const [height, width] = [1 + random.below(30), 1 + random.below(30)];
    const source = noise(height, width, channels);
    // a side stays as it is, or grows
    const sides = (side: number) => side + [0, random.below(50)][random.below(2)]!;
    const whole = { height: sides(height), width: sides(width) };
    expect([...enlarge(source, whole)]).toEqual(plainly(source, whole));
  }
});

test('… and in a window, of a picture whose middle alone is there', () => {
  for (let tries = 0; tries < 60; tries++) {
    const source = noise(3 + random.below(20), 3 + random.below(20), 3);
    const whole = {
      height: source.height * random.between(0.7, 3),
      width: source.width * random.between(0.7, 3),
    };
    const window = {
      left: random.between(0, 4),
      top: random.between(0, 4),
      height: 1 + random.below(30),
      width: random.below(3) === 0 ? source.width : 1 + random.below(30),
    };
    const picture = {
      left: random.below(3),
      top: random.below(3),
      height: source.height + random.below(5),
      width: source.width + random.below(5),
    };
    expect([...enlarge(source, whole, window, picture)]).toEqual(plainly(source, whole, window, picture));
  }
});

test('… where the window shows columns that lie on pixels, but not on its own', () => {
  const source = noise(4, 4, 3);
  const window = { left: 2, top: 0, height: 8, width: 4 };
  const whole = { height: 8, width: 4 };
  expect([...enlarge(source, whole, window)]).toEqual(plainly(source, whole, window));
});
