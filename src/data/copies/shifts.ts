import { type Layer, side } from './layer.js';
import { emptyRunning, emptyShown, showAt, type Shown } from './shown.js';

/** No picture is shifted farther, see `coarsePlacements`; and products are summed for so many shifts at once. */
const farthest = side / 2 + 1;
const together = 5;

/** Zeros on all sides of a ground: products with them leave a sum as it is, so nothing is cut off beyond the edge. */
const margin = farthest + together;
const stride = side + 2 * margin;

/** A picture that others are shifted over, at the coarsest level and in its margin. */
export interface Ground {
  readonly values: Float64Array;
  /**
   * Of the values, and of their squares, the sums from the start of a row to before each place. Values are sixteenths of
   * whole numbers, so that these sums are exact, and differences of them are what adding pixel after pixel gives.
   */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function groundOf(pixels: Float32Array): Ground {
  const values = new Float64Array(stride * stride);
  const sums = new Float64Array(stride * stride);
  const squares = new Float64Array(stride * stride);
  for (let row = 0; row < side; row++) {
    const start = (row + margin) * stride;
    values.set(pixels.subarray(row * side, (row + 1) * side), start + margin);
    for (let at = start; at < start + stride - 1; at++) {
      const value = values[at]!;
      sums[at + 1] = sums[at]! + value;
      squares[at + 1] = squares[at]! + value * value;
    }
  }
  return { values, sums, squares };
}

/** Room for what is computed of all shifts of a layer: one serves all placements of a pair. */
export interface Shifts {
  readonly running: Shown;
  readonly shown: Shown;
  readonly products: Float64Array;
  /** Of each shift, row by row. */
  readonly correlations: Float64Array;
}

export function emptyShifts(): Shifts {
  const across = 2 * farthest + 1;
  return {
    running: emptyRunning(farthest),
    shown: emptyShown(across * across),
    products: new Float64Array(across + together),
    correlations: new Float64Array(across * across),
  };
}

/**
 * Pearson's correlation of the ground with a layer at each shift by whole pixels, up to `high` up and down and `wide` to
 * both sides, row by row; NaN where fewer than `least` pixels lie over one another, or one of the two shows nothing.
 *
 * @param shifts is written over.
 */
export function correlateShifted(
  ground: Ground,
  layer: Layer,
  { wide, high, least }: { readonly wide: number; readonly high: number; readonly least: number },
  { running, shown, products, correlations }: Shifts,
): void {
  const across = 2 * wide + 1;
  showAt(layer, wide, high, running, shown);
  let next = 0;
  for (let down = -high; down <= high; down++) {
    // of the first shift of a row, where in the ground the layer's first pixel lies
    const first = (margin + down) * stride + margin - wide;
    for (let i = 0; i < across; i += together) sumProducts(ground, layer, first + i, products, i);
    for (let i = 0; i < across; i++, next++) {
      correlations[next] =
        shown.counts[next]! < least
          ? Number.NaN
          : pearson(ground, layer, first + i, shown, next, products[i]!);
    }
  }
}

/** Sums of products at five shifts next to one another, each pixel after pixel. @param at the first of them. */
function sumProducts(
  { values: ground }: Ground,
  { count, rows, starts, ends, values }: Layer,
  at: number,
  out: Float64Array,
  place: number,
): void {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let fifth = 0;
  for (let run = 0; run < count; run++) {
    const row = rows[run]!;
    const end = row * side + ends[run]!;
    let under = at + row * stride + starts[run]!;
    let a = ground[under]!;
    let b = ground[under + 1]!;
    let c = ground[under + 2]!;
    let d = ground[under + 3]!;
    for (let i = row * side + starts[run]!; i < end; i++, under++) {
      const value = values[i]!;
      const e = ground[under + 4]!;
      first += a * value;
      second += b * value;
      third += c * value;
      fourth += d * value;
      fifth += e * value;
      a = b; // the next pixel lies one to the right
      b = c;
      c = d;
      d = e;
    }
  }
  out[place] = first;
  out[place + 1] = second;
  out[place + 2] = third;
  out[place + 3] = fourth;
  out[place + 4] = fifth;
}

/** Pearson's correlation of the layer with what lies under it. @param place of this shift in `shown`. */
function pearson(
  { sums, squares }: Ground,
  { count, rows, starts, ends }: Layer,
  at: number,
  shown: Shown,
  place: number,
  pw: number,
): number {
  const n = shown.counts[place]!;
  const w1 = shown.sums[place]!;
  const w2 = shown.squares[place]!;
  let p1 = 0;
  let p2 = 0;
  for (let run = 0; run < count; run++) {
    const row = at + rows[run]! * stride;
    const start = row + starts[run]!;
    const end = row + ends[run]!;
    p1 += sums[end]! - sums[start]!;
    p2 += squares[end]! - squares[start]!;
  }
  const ps = p2 - (p1 * p1) / n;
  const ws = w2 - (w1 * w1) / n;
  return ps < n || ws < n ? Number.NaN : (pw - (p1 * w1) / n) / Math.sqrt(ps * ws);
}
