import { frozenFeatureKey } from '../features/frozen-features.js';
import { type Keeping, keptRows } from '../features/kept-rows.js';
import { madeUpPictures, type OwnAnswer } from '../export/open-again.js';
import { forward } from '../models/forward.js';
import { type Network, networkAfter, networkUpTo, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { toParameters } from '../models/parameters.js';
import { bytesOf } from '../runtime/bytes-of.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import type { Weights } from '../formats/tensors.js';
import type { Extracted } from './extract-run.js';
import type { Prepared } from './prepare-run.js';

/**
 * What the base of a run makes of pictures is the same for the next head, and is kept for it; undefined where layers of the
 * base, or the pixels themselves, are trained on.
 */
export function keepingOf(
  { frozen, suffix, options }: Prepared,
  { features, whole }: Extracted,
): Keeping | undefined {
  if (suffix || whole) return undefined;
  return { key: frozenFeatureKey(frozen, features.settings, features.decode), cache: options.cache };
}

/** What a classifier says of the pictures that a saved model is tried with, without the base's part of the work when it is known. */
export function keptAnswer({ key, cache }: Keeping, cut: string): OwnAnswer {
  return ({ network, weights }) => {
    const below = networkUpTo(network, cut);
    const { shape } = outputOf(below);
    const pictures = madeUpPictures(network);
    const count = pictures.shape[0]!;
    const kept = keptRows({ ...key, below: below.layers, kept: 'made-up pictures' }, shape, { cache });
    try {
      const features = kept.rows([bytesOf(pictures.dataSync() as Float32Array)], count, () =>
        answer(below, weights, () => pictures.clone()),
      );
      return answer(networkAfter(network, cut), weights, () => tf.tensor(features, [count, ...shape]));
    } finally {
      pictures.dispose();
      kept.close();
    }
  };
}

function answer(network: Network, weights: Weights, input: () => ReturnType<typeof tf.tensor>): Float32Array {
  const parameters = toParameters(
    new Map(networkWeights(network).map(({ name }) => [name, weights.get(name)!])),
  );
  try {
    return tidyValues(() => forward(network, parameters, input()));
  } finally {
    tf.dispose([...parameters.values()]);
  }
}
