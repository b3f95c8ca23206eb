import { sizeOf } from '../formats/tensors.js';
import type { IdxArray } from './idx.js';

/** Where the upper left corner of a picture lies on its canvas, in pixels. */
export interface Place {
  readonly top: number;
  readonly left: number;
}

/** The place in the middle of a square canvas; odd margins leave the larger half below and to the right. */
function middle(images: IdxArray, side: number): Place {
  const [, height, width] = images.shape as [number, number, number];
  return { top: Math.floor((side - height) / 2), left: Math.floor((side - width) / 2) };
}

/**
 * Lays grey pictures on square black canvases, each at the place that `placeOf` says (within the canvas); by default
 * in the middle.
 *
 * @param images [pictures, height, width].
 * @param chosen which pictures, in which order; by default all.
 * @returns uint8 [chosen, side, side], 0 where no picture lies.
 */
export function onCanvas(
  images: IdxArray,
  side: number,
  options: { chosen?: readonly number[]; placeOf?: (picture: number) => Place } = {},
): Uint8Array {
  const [count, height, width] = images.shape as [number, number, number];
  const chosen = options.chosen ?? Array.from({ length: count }, (_, i) => i);
  const centre = middle(images, side);
  const canvases = new Uint8Array(sizeOf([chosen.length, side, side]));
  for (const [i, picture] of chosen.entries()) {
    const { top, left } = options.placeOf?.(picture) ?? centre;
    for (let row = 0; row < height; row++) {
      const from = (picture * height + row) * width;
      canvases.set(images.data.subarray(from, from + width), (i * side + top + row) * side + left);
    }
  }
  return canvases;
}
