import { type Affine, warped } from './affine.js';
import { levels } from './grey-picture.js';

/** Of the pictures that are shifted over one another. */
export const side = levels[0];

/**
 * Brightness at the coarsest level is a mean of 16 bytes: in sixteenths, less what lies in the middle, it is a whole number
 * of −2040 to 2040, and no sum over a picture of products of two of them exceeds 31 bits. All sums are exact then, in
 * whatever order, so that processors of all kinds come to the same.
 */
const fine = 16;
const middle = (fine * 255) / 2;

const wholeOf = (value: number) => Math.floor(fine * value + 0.5) - middle;

export function inSixteenths(values: Float32Array): Int16Array {
  return Int16Array.from(values, wholeOf);
}

/** Corners between the pixels: a table of sums up to each of them. */
const corners = side + 1;

/** A picture as it lies on the pixels of another, where it reaches: runs of neighbours in a row, from top to bottom. */
export interface Layer {
  count: number;
  /** Of each run the row, the first column and the one after its last. */
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** In sixteenths, of all places; 0 where the picture does not reach. */
  readonly values: Float64Array;
  /** Of all pixels above and to the left of a corner how many there are, their sum and that of their squares. */
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Between the picture's pixels; NaN where it does not reach. */
  readonly warped: Float32Array;
}

/** Room for a layer: one serves all placements of a pair, of which there are up to a hundred. */
export function emptyLayer(): Layer {
  const places = () => new Int32Array(side * side);
  const table = () => new Float64Array(corners * corners);
  return {
    count: 0,
    ...{ rows: places(), starts: places(), ends: places() },
    ...{ counts: table(), sums: table(), squares: table() },
    values: new Float64Array(side * side),
    warped: new Float32Array(side * side),
  };
}

/** Lays a picture out: where it reaches, and what its values are there. @param affine where places of the ground lie in it. */
export function layOut(layer: Layer, picture: Float32Array, affine: Affine): void {
  const { rows, starts, ends, values, counts, sums, squares } = layer;
  const laid = warped(picture, affine, side, layer.warped);
  let run = -1;
  for (let row = 0; row < side; row++) {
    let [count, sum, square, inside] = [0, 0, 0, false];
    for (let column = 0; column < side; column++) {
      const value = laid[row * side + column]!;
      const whole = Number.isNaN(value) ? 0 : wholeOf(value);
      values[row * side + column] = whole;
      if (Number.isNaN(value)) inside = false;
      else {
        if (!inside) {
          rows[++run] = row;
          starts[run] = column;
        }
        ends[run] = column + 1;
        inside = true;
        count++;
        sum += whole;
        square += whole * whole;
      }
      const above = row * corners + column + 1;
      counts[above + corners] = counts[above]! + count;
      sums[above + corners] = sums[above]! + sum;
      squares[above + corners] = squares[above]! + square;
    }
  }
  layer.count = run + 1;
}

/** A table's sum over the rows and columns from `top` and `left` to before `bottom` and `right`. */
export function within(
  table: Float64Array,
  top: number,
  bottom: number,
  left: number,
  right: number,
): number {
  return (
    table[bottom * corners + right]! -
    table[bottom * corners + left]! -
    table[top * corners + right]! +
    table[top * corners + left]!
  );
}
