import sharp from '../runtime/sharp.js';
import type { DecodeOptions } from '../data/decode.js';
import type { Random } from '../runtime/random.js';
import { descendingOrder } from './descending-order.js';
import { type Grid, resizeMap } from './resize-map.js';

/**
 * Rises when the same picture and map are blurred or given back in another way than before, so that what a network made of
 * such pictures is not used again.
 */
export const perturbVersion = 1;

type Size = Pick<DecodeOptions, 'height' | 'width' | 'channels'>;

/** The picture with what could tell a class taken away: blurred by a sixteenth of its side (Petsiuk et al. 2018). */
export async function blurred(pixels: Uint8Array, { height, width, channels }: Size): Promise<Uint8Array> {
  const sigma = Math.max(1, Math.max(height, width) / 16);
  return sharp(pixels, { raw: { height, width, channels } })
    .blur(sigma)
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
}

/** What the map is held against: noise that is as coarse as the map. */
export function randomGrid({ height, width }: Grid, random: Random): Grid {
  return { height, width, values: Array.from({ length: height * width }, () => random.next()) };
}

/** … and a blob in the middle, where most pictures have their subject. */
export function centreGrid({ height, width }: Grid): Grid {
  const values = Array.from({ length: height * width }, (_, i) => {
    const y = (Math.floor(i / width) + 0.5) / height - 0.5;
    const x = ((i % width) + 0.5) / width - 0.5;
    return Math.exp(-(x * x + y * y) / (2 * 0.25 ** 2));
  });
  return { height, width, values };
}

/** The places of the picture, from where `grid` is largest to where it is smallest. */
export function orderOf(grid: Grid, { height, width }: Size): Uint32Array {
  return descendingOrder(resizeMap(grid, height, width));
}

/**
 * Pictures between `from` and `to`: place after place in that order is taken from `to`. The first step and the last,
 * which need no order, are left out.
 *
 * @param steps equal ones, in how many all of `from` is gone. @returns uint8 [steps − 1, height, width, channels].
 */
export function stepsBetween(
  from: Uint8Array,
  to: Uint8Array,
  order: Uint32Array,
  steps: number,
  { channels }: Size,
): Uint8Array {
  const out = new Uint8Array((steps - 1) * from.length);
  const current = Uint8Array.from(from);
  let done = 0;
  for (let step = 1; step < steps; step++) {
    const until = Math.round((order.length * step) / steps);
    for (; done < until; done++) {
      const at = order[done]! * channels;
      for (let c = 0; c < channels; c++) current[at + c] = to[at + c]!;
    }
    out.set(current, (step - 1) * from.length);
  }
  return out;
}

/** The mean height of a curve through equally far points (trapezoids). */
export function areaUnder(curve: readonly number[]): number {
  const ends = (curve[0]! + curve.at(-1)!) / 2;
  return (ends + curve.slice(1, -1).reduce((sum, value) => sum + value, 0)) / (curve.length - 1);
}
