import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { PlaceMap } from './class-activation-map.js';
import type { Target } from './target.js';

/**
 * Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): each channel of a map counts by the mean, over the places, of the
 * score's gradient there, and only what speaks for the class is kept. It approximates: places don't add up to the score.
 */
export function gradCam(target: Target): PlaceMap[] {
  return weighted(target, (gradient) => tf.mean(gradient, [1, 2], true));
}

/**
 * Grad-CAM++ (Chattopadhay et al. 2018, equations 10, 11 and 19, with Y = exp(score)): of a channel's gradients only those
 * that raise the score count, each by α = g² / (2 g² + ΣA · g³) = 1 / (2 + ΣA · g), with A as rectified maps have it, not
 * below 0. The factor exp(score), which all places share, is left out.
 */
export function gradCamPlusPlus(target: Target): PlaceMap[] {
  return weighted(target, (gradient, map) => {
    const raising = tf.relu(gradient);
    const divisor = tf.add(2, tf.mul(tf.sum(tf.relu(map), [1, 2], true), raising));
    return tf.sum(tf.div(raising, divisor), [1, 2], true);
  });
}

/** The relu of the channels' weighted sum. @param weigh from the score's gradient to [pictures, 1, 1, channels]. */
function weighted(
  { map, score, questions }: Target,
  weigh: (gradient: Tensor4D, map: Tensor4D) => Tensor,
): PlaceMap[] {
  const [pictures, height, width] = map.shape;
  const maps = tf.tidy(() => {
    const gradient = tf.grad((x: Tensor) => tf.sum(score(x)))(map) as Tensor4D;
    const sums = tf.relu(tf.sum(tf.mul(map, weigh(gradient, map)), 3));
    return tf.reshape(sums, [pictures, -1]).arraySync() as number[][];
  });
  return questions.map((_, i) => ({ height, width, values: maps[i]! }));
}
