import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
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
  return tf.tidy(() => {
    const classes = logits.shape[1];
    // TF.js makes integers of oneHot's on and off values
    const truth = tf.cast(tf.oneHot(labels, classes), 'float32');
    const target = tf.add(tf.mul(truth, 1 - smoothing), smoothing / classes);
    return tf.neg(tf.sum<Tensor1D>(tf.mul(target, tf.logSoftmax(logits)), 1));
  });
}

/**
 * Softmax cross-entropy averaged with the examples' weights: Σ wᵢ · CEᵢ / Σ wᵢ.
 *
 * @param weights float32 [batch]; 0 leaves an example out.
 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D, weights: Tensor1D, smoothing = 0): Scalar {
  return tf.tidy(() => {
    const each = crossEntropies(logits, labels, smoothing);
    return tf.div(tf.sum(tf.mul(each, weights)), tf.sum(weights));
  });
}

/** How many of the examples whose weight is not 0 have their largest logit at their label. */
export function correctCount(logits: Tensor2D, labels: Tensor1D, weights: Tensor1D): Scalar {
  return tf.tidy(() => {
    const right = tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32');
    return tf.sum(tf.mul(right, tf.cast(tf.greater(weights, 0), 'float32')));
  });
}
