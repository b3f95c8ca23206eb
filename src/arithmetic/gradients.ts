import { convolve, crossCorrelate, paddingOf, type Sliding } from './convolution.js';
import { addMaps, grid, heightOf, type Matrix, sum, type Volume, widthOf } from './matrix.js';
import { crop, pad } from './padding.js';

type SlidingWithoutDilation = Omit<Sliding, 'dilation'>;

/**
 * The backward pass of y = crossCorrelate(x, k), from the upstream gradient g = ∂L/∂y.
 *
 * For the kernel: ∂L/∂k(a, b) = Σ g(r, c) x(r·S + a, c·S + b): the cross-correlation of the (padded) input with the
 * upstream gradient; a forward stride of S spreads g's values S pixels apart.
 * Source: Goodfellow, Bengio & Courville, "Deep Learning", 2016, section 9.5, equation 9.11.
 *
 * The lecture's example, padded on the right and at the bottom to keep the size:
 *
 *     const x = matrix('1 2 3 / 4 5 6 / 7 8 9'), k = matrix('9 8 7 / 6 5 4 / 3 2 1');
 *     const g = matrix('1 1 1 / 1 1 1 / 1 1 1');
 *     kernelGradient(x, k, g, { padding: { top: 0, bottom: 2, left: 0, right: 2 } })
 *       → 45 33 18 / 39 28 15 / 24 17 9
 *
 * @param kernel of which only the size is used.
 * @returns a matrix of the kernel's size.
 */
export function kernelGradient(
  x: Matrix,
  kernel: Matrix,
  upstream: Matrix,
  sliding: SlidingWithoutDilation = {},
): Matrix {
  const padded = pad(x, paddingOf(heightOf(x), widthOf(x), kernel, sliding));
  const gradient = crossCorrelate(padded, upstream, { dilation: sliding.stride ?? 1 });
  // Rows and columns of the input that no window reached have left values beyond the kernel's size.
  return gradient.slice(0, heightOf(kernel)).map((row) => row.slice(0, widthOf(kernel)));
}

/**
 * For the input: ∂L/∂x(i, j) = Σ g(r, c) k(i − r·S, j − c·S): the full true convolution (kernel turned by 180°) of
 * the upstream gradient with the kernel, without the part that fell on the padding.
 * Source: the same, equation 9.13.
 *
 * The lecture's example as above: `inputGradient(x, k, g, …)` → 9 17 24 / 15 28 39 / 18 33 45.
 *
 * @param x the input, of which only the size is used.
 * @returns a matrix of the input's size.
 */
export function inputGradient(
  x: Matrix,
  kernel: Matrix,
  upstream: Matrix,
  sliding: SlidingWithoutDilation = {},
): Matrix {
  const sides = paddingOf(heightOf(x), widthOf(x), kernel, sliding);
  const height = sides.top + heightOf(x) + sides.bottom;
  const width = sides.left + widthOf(x) + sides.right;
  const reached = convolve(spread(upstream, sliding.stride ?? 1), kernel, { padding: 'full' });
  const whole = grid(height, width, (row, column) => reached[row]?.[column] ?? 0);
  return crop(whole, sides);
}

/** Moves the values of a matrix `step` pixels apart, with zeros between. `spread(1 2, 2)` → 1 0 2. */
export function spread(x: Matrix, step: number): Matrix {
  return grid((heightOf(x) - 1) * step + 1, (widthOf(x) - 1) * step + 1, (row, column) =>
    row % step === 0 && column % step === 0 ? x[row / step]![column / step]! : 0,
  );
}

/** What a convolution layer passes back. */
export interface LayerGradients {
  readonly input: Volume;
  readonly kernels: readonly Volume[];
  readonly biases: readonly number[];
}

/**
 * The backward pass of `convolutionLayer`: a kernel slice sees one input channel and one output channel; an input
 * channel hears from every filter; a bias is added everywhere, so its gradient is the sum over the map.
 *
 * @param upstream one map for each filter.
 */
export function convolutionLayerGradients(
  x: Volume,
  kernels: readonly Volume[],
  upstream: Volume,
  sliding: SlidingWithoutDilation = {},
): LayerGradients {
  return {
    input: x.map((map, channel) =>
      addMaps(
        kernels.map((kernel, filter) => inputGradient(map, kernel[channel]!, upstream[filter]!, sliding)),
      ),
    ),
    kernels: kernels.map((kernel, filter) =>
      x.map((map, channel) => kernelGradient(map, kernel[channel]!, upstream[filter]!, sliding)),
    ),
    biases: upstream.map((map) => sum(map.flat())),
  };
}
