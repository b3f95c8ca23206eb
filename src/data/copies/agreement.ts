import { type Affine, determinant, inverse, warped } from './affine.js';
import { finest, type GreyPicture } from './grey-picture.js';

/** How far two pictures agree, looked at patch by patch: corners, frames and letters on one of them spoil few patches. */
export interface Agreement {
  /** Of the patches with something to see in either, the share that correlate well. */
  readonly share: number;
  /** How many patches there is something to see in. */
  readonly patches: number;
  /** Correlation of the middle patch, when they are ordered by it. */
  readonly median: number;
}

const patch = 8;
/** Standard deviation of brightness, of 255, from which on there is something to see. */
const detail = 4;
const agrees = 0.8;

/** @param affine where places of `picture` lie in `other`. */
export function agreementOf(picture: GreyPicture, other: GreyPicture, affine: Affine): Agreement {
  // compared on the pixels of the coarser one: the finer one can be made coarse, not the other way round
  if (Math.abs(determinant(affine)) < 1) return agreementOf(other, picture, inverse(affine));
  const values = picture.pyramid.at(-1)!;
  const others = warped(other.pyramid.at(-1)!, affine);
  const correlations: number[] = [];
  for (let top = 0; top < finest; top += patch) {
    for (let left = 0; left < finest; left += patch) {
      const correlation = patchCorrelation(values, others, top, left);
      if (correlation !== undefined) correlations.push(correlation);
    }
  }
  correlations.sort((a, b) => a - b);
  return {
    share: correlations.filter((value) => value >= agrees).length / Math.max(1, correlations.length),
    patches: correlations.length,
    median: correlations[Math.floor(correlations.length / 2)] ?? 0,
  };
}

/** Undefined where one of them does not reach, or there is nothing to see in both. */
function patchCorrelation(
  values: Float32Array,
  others: Float32Array,
  top: number,
  left: number,
): number | undefined {
  let [n, p1, p2, w1, w2, pw] = [0, 0, 0, 0, 0, 0];
  for (let row = top; row < top + patch; row++) {
    for (let column = left; column < left + patch; column++) {
      const w = others[row * finest + column]!;
      if (Number.isNaN(w)) continue;
      const p = values[row * finest + column]!;
      n++;
      p1 += p;
      p2 += p * p;
      w1 += w;
      w2 += w * w;
      pw += p * w;
    }
  }
  if (n < (patch * patch) / 2) return undefined;
  const [ps, ws] = [p2 / n - (p1 / n) ** 2, w2 / n - (w1 / n) ** 2];
  if (Math.max(ps, ws) < detail ** 2) return undefined;
  return (pw / n - (p1 / n) * (w1 / n)) / Math.sqrt(Math.max(ps, 1) * Math.max(ws, 1));
}
