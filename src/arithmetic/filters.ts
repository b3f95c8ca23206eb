import { crossCorrelate } from './convolution.js';
import { heightOf, type Matrix, matrix, widthOf } from './matrix.js';
import { type PaddingMode, pad } from './padding.js';

/** Kernels that people wrote by hand, before networks learned theirs. */
export const filters = {
  /** Leaves the picture as it is. */
  identity: matrix('0 0 0 / 0 1 0 / 0 0 0'),
  /** Mixed second derivative, down and across: answers at corners and slanted edges. */
  diagonalEdges: matrix('1 0 -1 / 0 0 0 / -1 0 1'),
  /** Laplacian: second derivative down plus across. */
  laplacian: matrix('0 1 0 / 1 -4 1 / 0 1 0'),
  /** Eight times the pixel minus its eight neighbours. */
  outline: matrix('-1 -1 -1 / -1 8 -1 / -1 -1 -1'),
  /** The picture minus its Laplacian. */
  sharpen: matrix('0 -1 0 / -1 5 -1 / 0 -1 0'),
  /** Mean of the 3×3 neighbourhood. */
  boxBlur: scale(1 / 9, matrix('1 1 1 / 1 1 1 / 1 1 1')),
  /** Binomial weights, near a Gaussian bell. */
  gaussianBlur: scale(1 / 16, matrix('1 2 1 / 2 4 2 / 1 2 1')),
  /** Brightness falling from left to right, so vertical edges, smoothed along the edge (Sobel & Feldman, 1968). */
  sobel: matrix('1 0 -1 / 2 0 -2 / 1 0 -1'),
  /** The same with weights that depend less on the edge's angle (Scharr, 2000). */
  scharr: matrix('3 0 -3 / 10 0 -10 / 3 0 -3'),
} as const satisfies Record<string, Matrix>;

export type FilterName = keyof typeof filters;

/**
 * A filter laid over a map without changing its size. The border is continued (`replicate`) unless told otherwise:
 * zeros around a photo would draw an edge around it.
 */
export function applyFilter(x: Matrix, filter: Matrix, border: PaddingMode = 'replicate'): Matrix {
  const [down, across] = [(heightOf(filter) - 1) / 2, (widthOf(filter) - 1) / 2];
  return crossCorrelate(pad(x, { top: down, bottom: down, left: across, right: across }, border), filter);
}

function scale(factor: number, x: Matrix): Matrix {
  return x.map((row) => row.map((value) => factor * value));
}
