import { frozenFeatureKey } from '../features/frozen-features.js';
import { type Keeping, keptRows } from '../features/kept-rows.js';
import { madeUpPictures, outputsFor, type OwnAnswer } from '../export/open-again.js';
import { networkAfter, networkUpTo, outputOf } from '../models/network.js';
import { ownWeights } from '../models/network-weights.js';
import { bytesOf } from '../runtime/bytes-of.js';
import { tf } from '../runtime/tensorflow.js';
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
        outputsFor({ network: below, weights: ownWeights(below, weights) }, () => pictures.clone()),
      );
      const head = networkAfter(network, cut);
      const own = { network: head, weights: ownWeights(head, weights) };
      return outputsFor(own, () => tf.tensor(features, [count, ...shape]));
    } finally {
      pictures.dispose();
      kept.close();
    }
  };
}
