import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { forward, type Parameters } from '../models/forward.js';
import type { Network } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';
import type { PlaceMap } from './class-activation-map.js';
import type { Question } from './question.js';

/**
 * Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): each channel of a map counts by the mean, over the places, of the
 * score's gradient there, and only what speaks for the class is kept. It approximates: places don't add up to the score.
 *
 * @param above the network after the map, up to the logits.
 * @param activations [pictures, height, width, channels]. @param questions one a picture.
 */
export function gradCam(
  above: Network,
  parameters: Parameters,
  activations: Tensor4D,
  questions: readonly Question[],
): PlaceMap[] {
  const [, height, width] = activations.shape;
  const maps = tf.tidy(() => {
    const classes = above.layers.at(-1)!.shape[0]!;
    const asked = tf.tensor2d(questions.map((question) => direction(question, classes)));
    const score = (x: Tensor) => tf.sum(tf.mul(forward(above, parameters, x) as Tensor2D, asked));
    const weights = tf.mean(tf.grad(score)(activations), [1, 2], true);
    return tf
      .relu(tf.sum(tf.mul(activations, weights), 3))
      .reshape([questions.length, -1])
      .arraySync() as number[][];
  });
  return maps.map((values) => ({ height, width, values }));
}

function direction({ of, ratherThan }: Question, classes: number): number[] {
  return Array.from({ length: classes }, (_, i) => (i === of ? 1 : i === ratherThan ? -1 : 0));
}
