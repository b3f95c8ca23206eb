import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { Preprocessing } from './registry.js';

/**
 * Pictures as the network's weights want them, in TensorFlow ops only, so that it can be part of a compiled graph.
 *
 * @param batch RGB values 0 to 255, [batch, height, width, 3] (or 1 channel), whole numbers or float32.
 * @returns float32 of the same shape: channels in the order of `preprocessing`, minus its mean, divided by its scale.
 */
export function preprocess(batch: Tensor, preprocessing: Preprocessing): Tensor4D {
  const { channelOrder, mean, scale } = preprocessing;
  return tf.tidy(() => {
    let x = tf.cast(batch, 'float32') as Tensor4D;
    if (channelOrder === 'BGR') x = tf.reverse(x, -1);
    x = tf.sub(x, tf.tensor1d([...mean]));
    return scale.every((value) => value === 1) ? x : tf.div(x, tf.tensor1d([...scale]));
  });
}
