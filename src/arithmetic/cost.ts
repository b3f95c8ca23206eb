import { type ConvolutionSizes, convolutionParameters } from './parameter-count.js';

/** Bytes of a float32 value, which activations and weights are kept as. */
export const bytesPerValue = 4;

/**
 * Multiply-adds of a convolution layer on one picture: each of the output's H·W·N values takes k₁·k₂·C/groups of
 * them. Biases and activation functions are not counted, as is usual.
 *
 *     convolutionMultiplyAdds({ height: 28, width: 28 }, { kernel: 5, channels: 3, filters: 6 })   → 352,800
 *
 * @param output height and width of the output map.
 */
export function convolutionMultiplyAdds(
  output: { readonly height: number; readonly width: number },
  sizes: ConvolutionSizes,
): number {
  return output.height * output.width * convolutionParameters(sizes).weights;
}

/** Multiply-adds of a fully connected layer: every weight once. 3072 → 4704: 14,450,688. */
export function denseMultiplyAdds({
  inputs,
  units,
}: {
  readonly inputs: number;
  readonly units: number;
}): number {
  return inputs * units;
}

/** Bytes that a map of this shape takes as float32. VGG-16's first: 224·224·64 values, 12,845,056 bytes. */
export function activationBytes(shape: readonly number[]): number {
  return bytesPerValue * shape.reduce((product, side) => product * side, 1);
}

/**
 * The lecture's crude count for a picture of N×N pixels and windows of n×n: N²·n⁴. It stands for n² multiplications
 * at each of N² places, for n² kernels. The point is how it grows: N 100 and n 5 make 6 million; ten times the side,
 * a hundred times the cost.
 */
export function crudeConvolutionCost(pictureSide: number, windowSide: number): number {
  return pictureSide ** 2 * windowSide ** 4;
}
