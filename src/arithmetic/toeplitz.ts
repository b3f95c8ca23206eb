import { paddingOf, type Sliding } from './convolution.js';
import { grid, heightOf, type Matrix, widthOf } from './matrix.js';
import { outputSize } from './output-size.js';

/**
 * The matrix T of a full 1-D convolution with `kernel`: T·x is `convolve1d(x, kernel, { padding: 'full' })`.
 * T(i, j) = k(i − j): every diagonal holds one value, which is what makes it a Toeplitz matrix.
 *
 *     toeplitzMatrix([1, 2], 3)   → 1 0 0 / 2 1 0 / 0 2 1 / 0 0 2
 *
 * @param length of the signal that T is multiplied by.
 */
export function toeplitzMatrix(kernel: readonly number[], length: number): Matrix {
  return grid(length + kernel.length - 1, length, (i, j) => kernel[i - j] ?? 0);
}

/**
 * The matrix T of a 2-D cross-correlation: T times the picture, written out row by row, is the output written out
 * row by row. Row (r, c) of T holds, for each pixel (i, j), the kernel value that this pixel meets:
 * k(i + top − r·S, j + left − c·S), zero where the kernel does not reach. With stride 1 it is a Toeplitz matrix of
 * Toeplitz matrices. A convolution so is a dense layer with most weights zero and the others shared; the transpose of
 * T is the backward pass for the input.
 *
 *     convolutionMatrix(matrix('1 2'), { height: 1, width: 3 })   → 1 2 0 / 0 1 2
 */
export function convolutionMatrix(
  kernel: Matrix,
  input: { readonly height: number; readonly width: number },
  sliding: Omit<Sliding, 'dilation'> = {},
): Matrix {
  const { height, width } = input;
  const { stride = 1 } = sliding;
  const { top, bottom, left, right } = paddingOf(height, width, kernel, sliding);
  const rows = outputSize({ input: top + height + bottom, kernel: heightOf(kernel), stride }).floor;
  const columns = outputSize({ input: left + width + right, kernel: widthOf(kernel), stride }).floor;
  return grid(rows * columns, height * width, (output, pixel) => {
    const [r, c] = [Math.floor(output / columns), output % columns];
    const [i, j] = [Math.floor(pixel / width), pixel % width];
    return kernel[i + top - r * stride]?.[j + left - c * stride] ?? 0;
  });
}
