import { finest, levels } from './grey-picture.js';

/**
 * Where a place (x, y) of one square picture lies in another, both from −1 to 1:
 * (a·x + b·y + c, d·x + e·y + f).
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export function determinant([a, b, , d, e]: Affine): number {
  return a * e - b * d;
}

export function inverse([a, b, c, d, e, f]: Affine): Affine {
  const by = 1 / determinant([a, b, c, d, e, f]);
  return [e * by, -b * by, (b * f - c * e) * by, -d * by, a * by, (c * d - a * f) * by];
}

/** How one picture lies in another, as people would say it. */
export interface Placement {
  /** Degrees clockwise. */
  readonly turn: number;
  /** The share of each side's length that the one picture's sides have in the other. */
  readonly scale: readonly [across: number, down: number];
  /** How far the one's proportions are from the other's: 1 when they are kept. */
  readonly stretch: number;
}

/** @param aspects width by height of the picture that places are of, and of the one that they lie in. */
export function placementOf([a, b, , d, e]: Affine, [from, to]: readonly [number, number]): Placement {
  // in lengths of the picture itself instead of its squashed square: D_to · M · D_from⁻¹ with D = diag(aspect, 1)
  const [p, q, r, s] = [(a * to) / from, b * to, d / from, e];
  const turn = Math.atan2(r - q, p + s);
  // singular values of a 2 × 2 matrix
  const [sum, difference] = [Math.hypot(p + s, r - q) / 2, Math.hypot(p - s, r + q) / 2];
  return {
    turn: (turn * 180) / Math.PI,
    scale: [Math.hypot(a, d * (1 / to)), Math.hypot(b * to, e)],
    stretch: (sum + difference) / Math.max(1e-6, Math.abs(sum - difference)),
  };
}

/** The places of the pixels of each level, from −1 to 1. */
export const centres: Readonly<Record<number, Float64Array>> = Object.fromEntries(
  levels.map((side) => [side, Float64Array.from({ length: side }, (_, i) => (2 * i + 1) / side - 1)]),
);

/**
 * `other` as it lies on the pixels of the first picture, linearly between its pixels; NaN where it does not reach.
 *
 * @param out where it is written, `side`² values; a new array unless given.
 */
export function warped(
  other: Float32Array,
  [a, b, c, d, e, f]: Affine,
  side: number = finest,
  out: Float32Array = new Float32Array(side * side),
): Float32Array {
  const places = centres[side]!;
  const last = side - 1;
  for (let i = 0; i < side; i++) {
    const across = b * places[i]!;
    const along = e * places[i]!;
    for (let j = 0; j < side; j++) {
      const x = places[j]!;
      const column = ((a * x + across + c + 1) * side - 1) / 2;
      const row = ((d * x + along + f + 1) * side - 1) / 2;
      if (!(column >= 0 && row >= 0 && column <= last && row <= last)) {
        out[i * side + j] = Number.NaN;
        continue;
      }
      const left = Math.min(side - 2, column | 0);
      const top = Math.min(side - 2, row | 0);
      const u = column - left;
      const at = top * side + left;
      const first = other[at]!;
      const third = other[at + side]!;
      const upper = first + u * (other[at + 1]! - first);
      const lower = third + u * (other[at + side + 1]! - third);
      out[i * side + j] = upper + (row - top) * (lower - upper);
    }
  }
  return out;
}
