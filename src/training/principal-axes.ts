import type { Tensor2D } from '@tensorflow/tfjs';
import { dataTypeOf, executeOp } from '../graph/backend.js';
import { tf } from '../runtime/tensorflow.js';

/** Examples in the coordinates of their own principal axes. */
export interface PrincipalAxes {
  /** [features, rank]: the axes, orthonormal, the one along which examples vary least first. */
  readonly axes: Float32Array;
  /** [examples, rank]. */
  readonly coordinates: Float32Array;
  readonly rank: number;
}

/** Examples or features, whichever are fewer, up to which the axes are found in a second or two. */
const mostDecomposed = 1400;

/** Mean squares below this share of the largest are float32's rounding. */
const least = 1e-6;

/**
 * The principal axes of examples whose features have a mean of 0. A penalised linear model has the same minimum in these
 * coordinates: the penalty ‖W‖² does not change when features are turned, and along directions in which no example varies
 * W is 0. There are never more axes than examples, and none is correlated with another, so that a solver that scales each
 * axis by its own curvature needs few steps. From the smaller of XᵀX and XXᵀ (Hastie, Tibshirani & Friedman 2009, section
 * 18.3.5).
 *
 * @param values [examples, features].
 * @returns undefined when there are too many of both, or nothing varies.
 */
export function principalAxes(values: Float32Array, features: number): PrincipalAxes | undefined {
  const examples = values.length / features;
  if (Math.min(examples, features) > mostDecomposed) return undefined;
  let found: PrincipalAxes | undefined;
  tf.tidy(() => {
    const x = tf.tensor2d(values, [examples, features]);
    const isWide = features > examples;
    const products = tf.div(tf.matMul(x, x, !isWide, isWide), examples) as Tensor2D;
    const [spectrum, vectors] = executeOp(
      'SelfAdjointEigV2',
      [products],
      { compute_v: { bool: true }, T: { type: dataTypeOf(products) } },
      2,
    ) as [Tensor2D, Tensor2D];
    const all = spectrum.dataSync() as Float32Array; // rising
    const first = all.findIndex((variance) => variance > least * all.at(-1)!);
    if (first < 0) return;
    const rank = all.length - first;
    const kept = tf.slice(vectors, [0, first], [-1, rank]);
    let axes = kept;
    if (isWide) {
      const across = tf.matMul(x, kept, true);
      axes = tf.div(across, tf.norm(across, 2, 0, true));
    }
    // not handed to tidy, which would look at each single value for tensors
    found = {
      axes: axes.dataSync() as Float32Array,
      coordinates: tf.matMul(x, axes).dataSync() as Float32Array,
      rank,
    };
  });
  return found;
}
