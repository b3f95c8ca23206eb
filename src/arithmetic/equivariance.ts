import { grid, heightOf, type Matrix, widthOf } from './matrix.js';

/** The picture moved down and to the right, what leaves at one side coming in at the other. */
export function shift(x: Matrix, down: number, across: number): Matrix {
  const [height, width] = [heightOf(x), widthOf(x)];
  const wrap = (index: number, size: number) => ((index % size) + size) % size;
  return grid(height, width, (row, column) => x[wrap(row - down, height)]![wrap(column - across, width)]!);
}

/**
 * How far `f` is from equivariance to translation, f(shift(x)) = shift(f(x)): the largest difference between the two
 * sides, zero when they agree. Convolution over a picture continued in a circle is equivariant exactly; with zeros
 * around it, all but near the border; with a stride of S, for shifts by multiples of S (the output then moves by
 * shift/S, which `stride` says).
 *
 *     const blur = (x: Matrix) => applyFilter(x, filters.boxBlur, 'circular');
 *     equivarianceError(blur, picture, { down: 2, across: 1 })   → 0
 */
export function equivarianceError(
  f: (x: Matrix) => Matrix,
  x: Matrix,
  { down, across, stride = 1 }: { readonly down: number; readonly across: number; readonly stride?: number },
): number {
  const movedFirst = f(shift(x, down, across));
  const movedAfter = shift(f(x), down / stride, across / stride);
  return movedFirst.reduce(
    (largest, row, r) =>
      row.reduce((most, value, c) => Math.max(most, Math.abs(value - movedAfter[r]![c]!)), largest),
    0,
  );
}
