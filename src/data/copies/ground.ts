import { inSixteenths, side } from './layer.js';

/** No picture is shifted farther, see `coarsePlacements`; and products are summed for so many shifts at once. */
export const farthest = side / 2 + 1;
export const together = 5;

/** Zeros on all sides of a ground: products with them leave a sum as it is, so nothing is cut off beyond the edge. */
export const margin = farthest + together;
export const stride = side + 2 * margin;

/** A picture that others are shifted over, at the coarsest level and in its margin. */
export interface Ground {
  /** In sixteenths. */
  readonly values: Float64Array;
  /** Of the values, and of their squares, the sums from the start of a row to before each place. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function groundOf(pixels: Float32Array): Ground {
  const values = new Float64Array(stride * stride);
  const sums = new Float64Array(stride * stride);
  const squares = new Float64Array(stride * stride);
  const whole = inSixteenths(pixels);
  for (let row = 0; row < side; row++) {
    const start = (row + margin) * stride;
    values.set(whole.subarray(row * side, (row + 1) * side), start + margin);
    for (let at = start; at < start + stride - 1; at++) {
      const value = values[at]!;
      sums[at + 1] = sums[at]! + value;
      squares[at + 1] = squares[at]! + value * value;
    }
  }
  return { values, sums, squares };
}
