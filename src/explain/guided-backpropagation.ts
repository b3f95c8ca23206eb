import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { PlaceMap } from './class-activation-map.js';
import type { Target } from './target.js';

/**
 * Guided backpropagation (Springenberg et al. 2015, section 3.4): a gradient goes down through a rectifier only where
 * both it and the rectifier's input are positive. Of a place, the sum of the magnitudes of its channels' gradients.
 * It draws the picture's outlines whatever the network has learned (Adebayo et al. 2018): its check is there to say so.
 */
export function guidedBackpropagation({ map, score, questions }: Target): PlaceMap[] {
  const [pictures, height, width] = map.shape;
  const maps = tf.tidy(() => {
    const gradient = tf.grad((x: Tensor) => tf.sum(score(x, { rectify: guided })))(map);
    return tf.reshape(tf.sum(tf.abs(gradient), 3), [pictures, -1]).arraySync() as number[][];
  });
  return questions.map((_, i) => ({ height, width, values: maps[i]! }));
}

function guided(x: Tensor, activation: 'relu' | 'relu6'): Tensor {
  const rectified = tf.customGrad((input, save) => {
    const y = activation === 'relu' ? tf.relu(input as Tensor) : tf.relu6(input as Tensor);
    (save as (tensors: Tensor[]) => void)([input as Tensor]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const passes = tf.greater(saved[0]!, 0);
      const open = activation === 'relu' ? passes : tf.logicalAnd(passes, tf.less(saved[0]!, 6));
      return tf.mul(tf.relu(dy), tf.cast(open, 'float32'));
    };
    return { value: y, gradFunc };
  });
  return rectified(x);
}
