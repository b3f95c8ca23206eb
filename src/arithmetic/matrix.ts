/**
 * The small arrays that this folder computes with: plain nested lists, written to be read.
 * Real networks compute with tensors (src/models/forward.ts); the tests hold the two against each other.
 */

/** A grid of numbers, row by row: a grey picture, one channel of a feature map, or a kernel. */
export type Matrix = readonly (readonly number[])[];

/**
 * Maps of equal size, one for each channel. Channels come first, so that "sum over the channels" is a sum of maps;
 * TensorFlow keeps channels last (see `toChannelsLast`).
 */
export type Volume = readonly Matrix[];

/**
 * Reads a matrix as lecture notes print it: values between spaces, rows between slashes.
 *
 *     matrix('1 0 -1 / 2 0 -2 / 1 0 -1')
 *
 * @throws RangeError when a value is no number or the rows differ in length.
 */
export function matrix(text: string): Matrix {
  const rows = text.split('/').map((row) => row.trim().split(/\s+/).map(Number));
  if (rows.some((row) => row.length !== rows[0]!.length || row.some(Number.isNaN))) {
    throw new RangeError(`Expected rows of equally many numbers between slashes but received '${text}'.`);
  }
  return rows;
}

export function heightOf(x: Matrix): number {
  return x.length;
}

export function widthOf(x: Matrix): number {
  return x[0]?.length ?? 0;
}

/** The matrix whose value in each row and column is `valueAt(row, column)`. */
export function grid(
  height: number,
  width: number,
  valueAt: (row: number, column: number) => number,
): number[][] {
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => valueAt(row, column)),
  );
}

export function transpose(x: Matrix): Matrix {
  return grid(widthOf(x), heightOf(x), (row, column) => x[column]![row]!);
}

/** Turned by 180°: the last row first, each row from right to left. */
export function rotate180(x: Matrix): Matrix {
  return [...x].reverse().map((row) => [...row].reverse());
}

/** Cell by cell sum of maps of equal size. */
export function addMaps(maps: readonly Matrix[]): Matrix {
  const [first] = maps;
  if (!first) throw new RangeError('Expected at least one map to add but received none.');
  return grid(heightOf(first), widthOf(first), (row, column) => sum(maps.map((map) => map[row]![column]!)));
}

/** The matrix product: (a·b)(i, j) = Σₖ a(i, k) b(k, j). */
export function matrixProduct(a: Matrix, b: Matrix): Matrix {
  if (widthOf(a) !== heightOf(b)) {
    throw new RangeError(
      `Expected as many columns on the left (${widthOf(a)}) as rows on the right (${heightOf(b)}).`,
    );
  }
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => sum(row.map((value, k) => value * column[k]!))));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Channels first to TensorFlow's order: [height][width][channels]. */
export function toChannelsLast(x: Volume): number[][][] {
  return x[0]!.map((row, r) => row.map((_, c) => x.map((map) => map[r]![c]!)));
}

/** All values in TensorFlow's order: row by row, column by column, channel by channel. */
export function flatten(x: Volume): number[] {
  return toChannelsLast(x).flat(2);
}

/** The matrix in aligned columns, for printing. Values are rounded to `digits` decimals, trailing zeros left out. */
export function formatMatrix(x: Matrix, digits = 3): string {
  const cells = x.map((row) => row.map((value) => String(Number(value.toFixed(digits))).replace('-', '−')));
  const widest = cells.flat().reduce((most, cell) => Math.max(most, cell.length), 0);
  return cells.map((row) => row.map((cell) => cell.padStart(widest)).join(' ')).join('\n');
}
