import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { softmaxCrossEntropy } from '../graph/softmax-cross-entropy.js';
import { tf } from '../runtime/tensorflow.js';

/**
 * Softmax cross-entropy of each example.
 *
 * With label smoothing s the target is 1 − s for the true class plus s / classes for every class
 * (Szegedy et al. 2016, section 7).
 *
 * @param logits float32 [batch, classes].
 * @param labels int32 [batch].
 * @returns float32 [batch].
 */
export function crossEntropies(logits: Tensor2D, labels: Tensor1D, smoothing = 0): Tensor1D {
  if (smoothing === 0) return softmaxCrossEntropy(logits, labels);
  return tf.tidy(() => {
    const classes = logits.shape[1];
    // TF.js makes integers of oneHot's on and off values
    const truth = tf.cast(tf.oneHot(labels, classes), 'float32');
    return softmaxCrossEntropy(logits, tf.add(tf.mul(truth, 1 - smoothing), smoothing / classes));
  });
}

/**
 * Weighted sum of the examples' cross-entropies; their mean when the weights add up to 1.
 *
 * @param weights float32 [batch]; 0 leaves an example out.
 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D, weights: Tensor1D, smoothing = 0): Scalar {
  return tf.tidy(() => tf.sum(tf.mul(crossEntropies(logits, labels, smoothing), weights)));
}

/** Whether each example has its largest logit at its label: float32 [batch], 1 or 0. */
export function rightAnswers(logits: Tensor2D, labels: Tensor1D): Tensor1D {
  return tf.tidy(() => tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32') as Tensor1D);
}
