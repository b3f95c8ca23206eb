import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { forward, type ForwardOptions, forwardTaps, type Parameters } from '../models/forward.js';
import { inputOf, layersUpTo, type Network } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';
import type { NetworkAbove } from './network-above.js';
import type { Question } from './question.js';

/** What a method explains: a map of some pictures, and what the network makes of such maps. */
export interface Target {
  /** [pictures, height, width, channels]. */
  readonly map: Tensor4D;
  /**
   * What stands for nothing where something is taken away: what the layer has of a picture that has the same mean colour
   * all over. Black is something, and zeros in a layer are what networks that divide by a norm never see.
   */
  nothing(): Tensor4D;
  /** One a picture. */
  readonly questions: readonly Question[];
  /**
   * What is asked of each map, as a number: the logit, or the difference of two.
   *
   * @param map of all pictures; of `picture` alone, any number of its maps. @returns [maps].
   */
  score(map: Tensor, options?: { readonly picture?: number } & Pick<ForwardOptions, 'rectify'>): Tensor;
}

/** @param beside what runs past the map, by layer; each [pictures, …]. */
export function openTarget(
  { network }: Pick<NetworkAbove, 'network'>,
  parameters: Parameters,
  map: Tensor4D,
  questions: readonly Question[],
  { nothing, beside }: Pick<Target, 'nothing'> & { beside: ReadonlyMap<string, Tensor> },
): Target {
  const classes = network.layers.at(-1)!.shape[0]!;
  const directions = questions.map((question) => direction(question, classes));
  const score: Target['score'] = (x, { picture, rectify } = {}) => {
    const given = new Map(
      [...beside].map(([name, tensor]) => [name, picture === undefined ? tensor : tiled(tensor, picture, x)]),
    );
    const logits = forward(network, parameters, x, { given, ...(rectify && { rectify }) }) as Tensor2D;
    return tf.sum(
      tf.mul(logits, tf.tensor2d(picture === undefined ? directions : [directions[picture]!])),
      1,
    );
  };
  return { map, nothing, questions, score };
}

/** What layers of a network put out of pixels; layers that none of them needs are not computed. */
export function outputsOf(
  network: Network,
  parameters: Parameters,
  pixels: Tensor,
  names: readonly string[],
): Map<string, Tensor> {
  const needed = new Set(names.flatMap((name) => [...layersUpTo(network.layers, name)]));
  const layers = network.layers.filter(({ name }) => needed.has(name) || name === inputOf(network).name);
  return forwardTaps({ name: network.name, layers }, parameters, pixels, names);
}

/** One picture's row, once for each map. */
function tiled(tensor: Tensor, picture: number, maps: Tensor): Tensor {
  const row = tf.slice(
    tensor,
    [picture, ...tensor.shape.slice(1).map(() => 0)],
    [1, ...tensor.shape.slice(1)],
  );
  return tf.tile(row, [maps.shape[0]!, ...tensor.shape.slice(1).map(() => 1)]);
}

function direction({ of, ratherThan }: Question, classes: number): number[] {
  return Array.from({ length: classes }, (_, i) => (i === of ? 1 : i === ratherThan ? -1 : 0));
}
