import type { Tensor2D } from '@tensorflow/tfjs';
import { softmax } from '../evaluation/softmax.js';
import { tf } from '../runtime/tensorflow.js';

/** A linear classifier by distance: logits = 2 x·c − |c|² for each class's mean c, which is −|x − c|² but for |x|². */
export interface MeanProducts {
  /** x·c, [examples, classes]. */
  readonly products: Float32Array;
  /** |c|² of each class. */
  readonly lengths: Float32Array;
  /** The means, [classes, features]. */
  readonly means: Float32Array;
}

/**
 * The mean of each class's examples, 0 for a class without any, and how every example lies to it (Snell, Swersky & Zemel,
 * "Prototypical networks for few-shot learning", 2017, equations 1 and 8). Nothing is held when it returns.
 *
 * @param values [examples, features]. @param weights what each example counts for its class's mean.
 */
export function classMeans(
  values: Float32Array,
  labels: readonly number[],
  classes: number,
  weights: Float32Array,
): MeanProducts {
  return tf.tidy(() => {
    const x = tf.tensor2d(values, [labels.length, values.length / labels.length]);
    const members = tf.mul(
      tf.oneHot(tf.tensor1d([...labels], 'int32'), classes).toFloat(),
      tf.expandDims(tf.tensor1d(weights), 1),
    );
    const counts = tf.maximum(tf.sum(members, 0), 1e-9);
    const means = tf.div(tf.matMul(members as Tensor2D, x, true), tf.expandDims(counts, 1)) as Tensor2D;
    return {
      products: tf.matMul(x, means, false, true).dataSync() as Float32Array,
      lengths: tf.sum(tf.square(means), 1).dataSync() as Float32Array,
      means: means.dataSync() as Float32Array,
    };
  });
}

/** How a distance becomes a logit. */
export interface Distances {
  /** What of its way from the mean of all (0) a prototype keeps: 1 is the class's mean, less is drawn in. */
  readonly kept: number;
  /** What a squared distance counts. */
  readonly gain: number;
}

/** Class probabilities of the examples, a row each. */
export function probabilitiesOf(
  { products, lengths }: Pick<MeanProducts, 'products' | 'lengths'>,
  { kept, gain }: Distances,
): number[][] {
  const classes = lengths.length;
  return Array.from({ length: products.length / classes }, (_, i) => {
    const logits = Array.from(
      lengths,
      (length, k) => gain * (2 * kept * products[i * classes + k]! - kept ** 2 * length),
    );
    return softmax(logits);
  });
}
