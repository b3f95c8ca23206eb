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

/** The value of a square picture at a place from −1 to 1, between its pixels; NaN outside. */
export function valueAt(values: Float32Array, side: number, x: number, y: number): number {
  const [column, row] = [((x + 1) * side - 1) / 2, ((y + 1) * side - 1) / 2];
  if (!(column >= 0 && row >= 0 && column <= side - 1 && row <= side - 1)) return Number.NaN;
  const [left, top] = [Math.min(side - 2, Math.floor(column)), Math.min(side - 2, Math.floor(row))];
  const [u, v] = [column - left, row - top];
  const at = top * side + left;
  const upper = values[at]! + u * (values[at + 1]! - values[at]!);
  const lower = values[at + side]! + u * (values[at + side + 1]! - values[at + side]!);
  return upper + v * (lower - upper);
}

/** The places of the pixels of each level, from −1 to 1. */
export const centres: Readonly<Record<number, Float64Array>> = Object.fromEntries(
  levels.map((side) => [side, Float64Array.from({ length: side }, (_, i) => (2 * i + 1) / side - 1)]),
);

/**
 * `other` as it lies on the pixels of the first picture; NaN where it does not reach.
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
  for (let row = 0; row < side; row++) {
    const y = places[row]!;
    for (let column = 0; column < side; column++) {
      const x = places[column]!;
      out[row * side + column] = valueAt(other, side, a * x + b * y + c, d * x + e * y + f);
    }
  }
  return out;
}
