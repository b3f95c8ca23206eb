import { paddingOf, type Sliding } from './convolution.js';
import { heightOf, type Matrix, matrixProduct, transpose, type Volume, widthOf } from './matrix.js';
import { outputSize } from './output-size.js';
import { pad } from './padding.js';

/** The patches under a sliding window, and how the windows were laid out. */
export interface Patches {
  /** One row for each place of the window; in it the patch channel by channel, row by row. */
  readonly rows: Matrix;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/**
 * im2col: every patch that the window sees, written out as a row. A convolution then is one matrix product,
 * patches × kernels, which computers do fast; the price is that each pixel is stored once for every window it is in.
 * Source: Chellapilla, Puri & Simard, "High Performance Convolutional Neural Networks for Document Processing", 2006.
 *
 *     im2col([matrix('1 2 3 / 4 5 6')], matrix('0 0 / 0 0')).rows   → 1 2 4 5 / 2 3 5 6
 *
 * @param window a kernel of which only the size is used.
 */
export function im2col(x: Volume, window: Matrix, sliding: Sliding = {}): Patches {
  const { stride = 1, dilation = 1 } = sliding;
  const padded = x.map((map) => pad(map, paddingOf(heightOf(map), widthOf(map), window, sliding)));
  const [input, kernel] = [padded[0]!, window];
  const outputHeight = outputSize({
    input: heightOf(input),
    kernel: heightOf(kernel),
    stride,
    dilation,
  }).floor;
  const outputWidth = outputSize({ input: widthOf(input), kernel: widthOf(kernel), stride, dilation }).floor;
  const rows: number[][] = [];
  for (let r = 0; r < outputHeight; r++) {
    for (let c = 0; c < outputWidth; c++) {
      rows.push(
        padded.flatMap((map) =>
          window.flatMap((row, a) =>
            row.map((_, b) => map[r * stride + a * dilation]![c * stride + b * dilation]!),
          ),
        ),
      );
    }
  }
  return { rows, outputHeight, outputWidth };
}

/** Each kernel as a column, its values in the order in which `im2col` writes a patch. */
export function kernelsAsColumns(kernels: readonly Volume[]): Matrix {
  return transpose(kernels.map((kernel) => kernel.flat(2)));
}

/** A convolution layer as the product patches × kernels: equal to `convolutionLayer`. */
export function convolutionLayerByProduct(
  x: Volume,
  kernels: readonly Volume[],
  biases: readonly number[],
  sliding: Sliding = {},
): Volume {
  const { rows, outputHeight, outputWidth } = im2col(x, kernels[0]![0]!, sliding);
  const product = matrixProduct(rows, kernelsAsColumns(kernels));
  return transpose(product).map((values, filter) =>
    Array.from({ length: outputHeight }, (_, r) =>
      values.slice(r * outputWidth, (r + 1) * outputWidth).map((value) => value + biases[filter]!),
    ),
  );
}
