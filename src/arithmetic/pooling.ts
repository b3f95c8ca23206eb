import { grid, heightOf, type Matrix, sum, widthOf } from './matrix.js';
import { outputSize } from './output-size.js';

/** A pool's window. Pools work on each channel by itself and have no parameters. */
export interface PoolWindow {
  /** Side of the square window in pixels. */
  readonly size: number;
  /** Default: the size, so that windows lie side by side. */
  readonly stride?: number;
  /** A last window that does not fit: left out (`floor`, default), or cut off at the border (`ceil`, Caffe's pools). */
  readonly rounding?: 'floor' | 'ceil';
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/**
 * The largest value under each window.
 *
 *     maxPool(matrix('1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4'), { size: 2 })   → 6 8 / 3 4
 */
export function maxPool(x: Matrix, window: PoolWindow): Matrix {
  return pool(x, window, largest);
}

/** The mean under each window. Of the lecture's patch 200 150 150 / 100 50 100 / 25 25 10 it is 90, the maximum 200. */
export function averagePool(x: Matrix, window: PoolWindow): Matrix {
  return pool(x, window, (values) => sum(values) / values.length);
}

/** The root of the sum of squares under each window: `l2Pool(matrix('3 0 / 0 4'), { size: 2 })` → 5. */
export function l2Pool(x: Matrix, window: PoolWindow): Matrix {
  return pool(x, window, norm);
}

/** Backward: the window's largest value gets the whole upstream gradient (the first one, where several are equal). */
export function maxPoolGradient(x: Matrix, upstream: Matrix, window: PoolWindow): Matrix {
  return passBack(x, upstream, window, (values) => {
    const winner = values.indexOf(largest(values));
    return values.map((_, i) => (i === winner ? 1 : 0));
  });
}

/** Backward: every value under the window gets an equal share. */
export function averagePoolGradient(x: Matrix, upstream: Matrix, window: PoolWindow): Matrix {
  return passBack(x, upstream, window, (values) => values.map(() => 1 / values.length));
}

/** Backward: each value gets its share of the norm, x/‖x‖; nothing where all values are zero. */
export function l2PoolGradient(x: Matrix, upstream: Matrix, window: PoolWindow): Matrix {
  return passBack(x, upstream, window, (values) => {
    const length = norm(values);
    return values.map((value) => (length === 0 ? 0 : value / length));
  });
}

function norm(values: readonly number[]): number {
  return Math.sqrt(sum(values.map((value) => value * value)));
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

function pool(x: Matrix, window: PoolWindow, summarise: (values: readonly number[]) => number): Matrix {
  const { height, width, cellsUnder } = layOut(x, window);
  return grid(height, width, (r, c) =>
    summarise(cellsUnder(r, c).map(({ row, column }) => x[row]![column]!)),
  );
}

/** Adds, for each window, upstream × ∂(window's output)/∂(value) to every value under it. */
function passBack(
  x: Matrix,
  upstream: Matrix,
  window: PoolWindow,
  derivatives: (values: readonly number[]) => readonly number[],
): Matrix {
  const { cellsUnder } = layOut(x, window);
  const gradient = grid(heightOf(x), widthOf(x), () => 0);
  for (const [r, row] of upstream.entries()) {
    for (const [c, arriving] of row.entries()) {
      const cells = cellsUnder(r, c);
      const shares = derivatives(cells.map((cell) => x[cell.row]![cell.column]!));
      for (const [i, cell] of cells.entries()) gradient[cell.row]![cell.column]! += arriving * shares[i]!;
    }
  }
  return gradient;
}

/** The output's size, and the cells under the window at each place, cut off at the border. */
function layOut(x: Matrix, { size, stride = size, rounding = 'floor' }: PoolWindow) {
  const places = (input: number) => outputSize({ input, kernel: size, stride })[rounding];
  const reach = (start: number, end: number) =>
    Array.from({ length: Math.min(size, end - start) }, (_, i) => start + i);
  return {
    height: places(heightOf(x)),
    width: places(widthOf(x)),
    cellsUnder: (r: number, c: number): Cell[] =>
      reach(r * stride, heightOf(x)).flatMap((row) =>
        reach(c * stride, widthOf(x)).map((column) => ({ row, column })),
      ),
  };
}
