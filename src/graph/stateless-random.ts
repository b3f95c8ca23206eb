/**
 * Random numbers that a compiled function can draw: made by TensorFlow from a seed that is a tensor, so that they
 * differ from call to call and repeat for the same seed, op by op and in a graph alike
 * (Philox: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 */
import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { executeOp } from './backend.js';
import { DataType } from './graph-def.js';

/**
 * Evenly distributed float32 numbers in [0, 1).
 *
 * @param seed int32 [2].
 */
export function statelessUniform<T extends Tensor>(shape: readonly number[], seed: Tensor1D): T {
  return tf.tidy(
    () =>
      executeOp('StatelessRandomUniform', [tf.tensor1d([...shape], 'int32'), seed], {
        dtype: { type: DataType.float32 },
        T: { type: DataType.int32 },
        Tseed: { type: DataType.int32 },
      })[0] as T,
  );
}

/**
 * Sets a share of `rate` of the values to zero and divides the others by 1 − rate, so that their expected sum stays
 * (Srivastava et al. 2014, scaled while training). Differentiable.
 *
 * @param rate in [0, 1).
 * @param seed int32 [2]; give every dropout of a network its own.
 */
export function dropout<T extends Tensor>(x: T, rate: number, seed: Tensor1D): T {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`Expected a dropout rate in [0, 1) but received ${rate}.`);
  }
  if (rate === 0) return tf.clone(x);
  return tf.tidy(() => {
    const kept = tf.greaterEqual(statelessUniform(x.shape, seed), rate);
    return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate))) as T;
  });
}
