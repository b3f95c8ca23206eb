import type { Sides } from './padding.js';
import { addMaps, grid, heightOf, type Matrix, rotate180, type Volume, widthOf } from './matrix.js';
import { outputSize, placeWindows } from './output-size.js';
import { pad } from './padding.js';

/** How a kernel slides over a map. */
export interface Sliding {
  /** `valid` (default), `same`, `full` (see `placeWindows`), or zeros counted side by side. */
  readonly padding?: 'valid' | 'same' | 'full' | Sides;
  /** Step down and across in pixels. Default 1. */
  readonly stride?: number;
  /** Distance between the pixels that neighbouring kernel values meet. Default 1. */
  readonly dilation?: number;
}

/**
 * Cross-correlation, which networks call convolution: y(r, c) = Σₐ Σᵦ x(r·S + a, c·S + b) k(a, b).
 * The kernel is laid on the picture as it is printed.
 *
 * The lecture's example:
 *
 *     const x = matrix('1 0 0 0 1 / -1 0 2 1 2 / 1 0 -2 0 -1 / 1 1 0 0 2 / -2 0 3 0 0');
 *     const k = matrix('1 0 2 / -1 1 1 / 0 2 1');
 *     crossCorrelate(x, k)                  → 2 −1 2 / 2 0 9 / 0 5 −2
 *     crossCorrelate(x, k, { stride: 2 })   → 2 2 / 0 −2
 *
 * Stride 2 keeps every second value of stride 1, so its upper right value is stride 1's upper right value: 2.
 * The lecture's slide prints −2 there, a slip that this rule finds without computing anything.
 *
 * @throws RangeError when the kernel is larger than the padded map.
 */
export function crossCorrelate(x: Matrix, kernel: Matrix, sliding: Sliding = {}): Matrix {
  const { stride = 1, dilation = 1 } = sliding;
  const padded = pad(x, paddingOf(heightOf(x), widthOf(x), kernel, sliding));
  const rows = outputSize({ input: heightOf(padded), kernel: heightOf(kernel), stride, dilation }).floor;
  const columns = outputSize({ input: widthOf(padded), kernel: widthOf(kernel), stride, dilation }).floor;
  return grid(rows, columns, (r, c) => {
    let total = 0;
    for (const [a, kernelRow] of kernel.entries()) {
      for (const [b, weight] of kernelRow.entries()) {
        total += padded[r * stride + a * dilation]![c * stride + b * dilation]! * weight;
      }
    }
    return total;
  });
}

/**
 * True convolution: y(r, c) = Σₐ Σᵦ x(r − a, c − b) k(a, b), that is, cross-correlation with the kernel turned by
 * 180°. It commutes and associates, which is why signal processing prefers it; learned kernels do not mind.
 */
export function convolve(x: Matrix, kernel: Matrix, sliding: Sliding = {}): Matrix {
  return crossCorrelate(x, rotate180(kernel), sliding);
}

/** Cross-correlation along a line: y(i) = Σₐ x(i·S + a) k(a). `crossCorrelate1d([1, 2, 3, 4], [1, 0, -1])` → −2 −2. */
export function crossCorrelate1d(
  signal: readonly number[],
  kernel: readonly number[],
  sliding: Sliding = {},
): readonly number[] {
  return crossCorrelate([signal], [kernel], sliding)[0]!;
}

/**
 * True convolution along a line. `full` multiplies polynomials:
 * (1 + 2x)(1 + 3x) = 1 + 5x + 6x² is `convolve1d([1, 2], [1, 3], { padding: 'full' })` → 1 5 6.
 */
export function convolve1d(
  signal: readonly number[],
  kernel: readonly number[],
  sliding: Sliding = {},
): readonly number[] {
  return convolve([signal], [kernel], sliding)[0]!;
}

/** One filter over several channels: each channel with its own slice of the kernel, then the sum over channels. */
export function crossCorrelateChannels(x: Volume, kernel: Volume, sliding: Sliding = {}): Matrix {
  if (x.length !== kernel.length) {
    throw new RangeError(
      `Expected a kernel of ${x.length} channels, as the input, but received ${kernel.length}.`,
    );
  }
  return addMaps(x.map((map, channel) => crossCorrelate(map, kernel[channel]!, sliding)));
}

/**
 * A convolution layer: one filter and one bias for each output channel.
 *
 * @param kernels one volume a filter, each with as many channels as `x`.
 * @returns as many maps as there are filters.
 */
export function convolutionLayer(
  x: Volume,
  kernels: readonly Volume[],
  biases: readonly number[],
  sliding: Sliding = {},
): Volume {
  return kernels.map((kernel, filter) =>
    crossCorrelateChannels(x, kernel, sliding).map((row) => row.map((value) => value + biases[filter]!)),
  );
}

/**
 * 1×1 convolution: at every pixel the same dense layer across the channels, nothing across space. It changes the
 * number of channels cheaply (Lin, Chen & Yan, "Network In Network", 2013; GoogLeNet's bottlenecks).
 *
 * @param weights [filters][channels].
 */
export function pointwiseConvolution(x: Volume, weights: Matrix, biases: readonly number[]): Volume {
  const kernels = weights.map((row) => row.map((weight) => [[weight]]));
  return convolutionLayer(x, kernels, biases);
}

/** The zeros around a map of that size that `sliding` means. */
export function paddingOf(height: number, width: number, kernel: Matrix, sliding: Sliding): Sides {
  const { padding = 'valid', stride = 1, dilation = 1 } = sliding;
  if (typeof padding !== 'string') return padding;
  const down = placeWindows({ input: height, kernel: heightOf(kernel), stride, dilation }, padding);
  const across = placeWindows({ input: width, kernel: widthOf(kernel), stride, dilation }, padding);
  return { top: down.before, bottom: down.after, left: across.before, right: across.after };
}
