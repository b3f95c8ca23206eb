import { Random } from '../../runtime/random.js';
import type { Alteration } from './alteration.js';

/** Values 0 to 255, [height, width, channels], row-major. */
export interface Pixels {
  readonly values: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * A picture altered and brought to a size: one reading between its pixels for mirror, crop and turn together, then
 * colours, then what is erased. Beyond its edges a picture goes on as its mirror image.
 *
 * @returns [height, width, channels].
 */
export function altered(picture: Pixels, alteration: Alteration, height: number, width: number): Uint8Array {
  const out = new Uint8Array(height * width * picture.channels);
  place(picture, alteration, { height, width, out });
  recolour(out, picture.channels, alteration);
  erase(out, { height, width, channels: picture.channels }, alteration.erased);
  return out;
}

/** Bilinear, at the middles of pixels; the turn is about the middle of the crop. */
function place(
  { values, height: rows, width: columns, channels }: Pixels,
  { mirrored, crop, turn }: Alteration,
  { height, width, out }: { readonly height: number; readonly width: number; readonly out: Uint8Array },
): void {
  const angle = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [across, down] = [crop.width * columns, crop.height * rows];
  const [middleX, middleY] = [(crop.left + crop.width / 2) * columns, (crop.top + crop.height / 2) * rows];
  let at = 0;
  for (let row = 0; row < height; row++) {
    const v = ((row + 0.5) / height - 0.5) * down;
    for (let column = 0; column < width; column++) {
      const share = (column + 0.5) / width - 0.5;
      const u = (mirrored ? -share : share) * across;
      const x = middleX + cos * u + sin * v - 0.5;
      const y = middleY - sin * u + cos * v - 0.5;
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - x0, y - y0];
      const [left, right] = [within(x0, columns) * channels, within(x0 + 1, columns) * channels];
      const [upper, lower] = [
        within(y0, rows) * columns * channels,
        within(y0 + 1, rows) * columns * channels,
      ];
      for (let c = 0; c < channels; c++) {
        const above = values[upper + left + c]! * (1 - fx) + values[upper + right + c]! * fx;
        const below = values[lower + left + c]! * (1 - fx) + values[lower + right + c]! * fx;
        out[at++] = Math.round(above * (1 - fy) + below * fy);
      }
    }
  }
}

/** The place in a row of `count` that one outside it mirrors. */
function within(place: number, count: number): number {
  const period = 2 * count;
  const folded = ((place % period) + period) % period;
  return folded < count ? folded : period - 1 - folded;
}

function recolour(values: Uint8Array, channels: number, { colour, light }: Alteration): void {
  const { brightness, contrast, saturation } = colour;
  if (brightness === 1 && contrast === 1 && saturation === 1 && light.every((one) => one === 0)) return;
  const mean = (brightness * values.reduce((sum, value) => sum + value, 0)) / values.length;
  const own = new Array<number>(channels).fill(0);
  for (let at = 0; at < values.length; at += channels) {
    let grey = 0;
    for (let c = 0; c < channels; c++) {
      own[c] = mean + contrast * (brightness * values[at + c]! - mean);
      grey += own[c]! / channels;
    }
    for (let c = 0; c < channels; c++) {
      const value = grey + saturation * (own[c]! - grey) + (channels === 3 ? light[c]! : 0);
      values[at + c] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
}

function erase(
  values: Uint8Array,
  { height, width, channels }: Omit<Pixels, 'values'>,
  erased: Alteration['erased'],
): void {
  if (!erased) return;
  const random = new Random(erased.seed);
  const [top, left] = [Math.floor(erased.top * height), Math.floor(erased.left * width)];
  const [bottom, right] = [
    Math.ceil((erased.top + erased.height) * height),
    Math.ceil((erased.left + erased.width) * width),
  ];
  for (let row = top; row < Math.min(height, bottom); row++) {
    for (let at = row * width + left; at < row * width + Math.min(width, right); at++) {
      for (let c = 0; c < channels; c++) values[at * channels + c] = random.below(256);
    }
  }
}
