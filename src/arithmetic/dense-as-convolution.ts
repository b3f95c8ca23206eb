import { grid, heightOf, type Matrix, sum, type Volume, widthOf } from './matrix.js';

/** A fully connected layer: yⱼ = Σᵢ xᵢ w(i, j) + bⱼ. `weights` is [inputs][units]. */
export function dense(x: readonly number[], weights: Matrix, biases: readonly number[]): number[] {
  return biases.map((bias, unit) => bias + sum(x.map((value, i) => value * weights[i]![unit]!)));
}

/**
 * A fully connected layer's weights as convolution kernels the size of the map it reads: one filter for each unit.
 * The numbers stay, only their arrangement changes. `weights` is [height·width·channels][units], the map flattened
 * row by row, column by column, channel by channel (`flatten`, TensorFlow's order).
 *
 * This is how TF-slim writes AlexNet: fc6 is a convolution with padding VALID as large as the last pooled map
 * (6×6×256 → 4096 for a 227×227 picture: 37,748,736 weights, as fully connected), fc7 and fc8 are 1×1 convolutions.
 * Source: Long, Shelhamer & Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015, section 3.1.
 *
 * What that buys: `convolutionLayer(x, kernels, biases)` also runs on larger maps. On a map of the layer's own size it
 * gives one answer, equal to `dense`; on a larger one a map of answers, one for each place, at less cost than cutting
 * the picture into pieces, because neighbouring places share all the layers before.
 *
 * @param map a volume of the size that the layer reads.
 * @returns one kernel for each unit.
 */
export function denseAsKernels(weights: Matrix, map: Volume): Volume[] {
  const [channels, height, width] = [map.length, heightOf(map[0]!), widthOf(map[0]!)];
  if (weights.length !== channels * height * width) {
    throw new RangeError(
      `Expected weights for ${height}×${width}×${channels} = ${channels * height * width} inputs but received ${weights.length} rows.`,
    );
  }
  return weights[0]!.map((_, unit) =>
    map.map((_, channel) =>
      grid(height, width, (r, c) => weights[(r * width + c) * channels + channel]![unit]!),
    ),
  );
}
