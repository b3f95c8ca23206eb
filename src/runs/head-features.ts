import { frozenFeatureKey } from '../features/frozen-features.js';
import type { Extractor } from '../features/extract.js';
import type { FeatureKey } from '../features/feature-key.js';
import { openPrefix } from '../features/frozen-extractor.js';
import { canonicalDigest } from '../formats/tensors.js';
import { forward } from '../models/forward.js';
import { layerNamed, type Network, networkAfter, networkUpTo } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { featuresLayer } from '../models/pooled-features.js';
import { UserError } from '../runtime/errors.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import { publishedPreprocessing } from '../zoo/bases.js';
import { basesOf } from './options.js';
import type { SavedClassifier } from './classifier.js';

/**
 * The layer that the head of a run reads: a picture's features, see `withPooledFeatures`. Undefined for networks that end in
 * another way.
 *
 * @param network of a run's classifier, or of its logits.
 */
export function headInput(network: Network): string | undefined {
  const joined = network.layers.find(({ name }) => name === featuresLayer);
  return (joined ?? network.layers.findLast(({ type }) => type === 'rootMeanSquareNorm'))?.name;
}

/** @throws UserError for a run whose head was not trained here. */
export function expectHeadInput(network: Network): string {
  const layer = headInput(network);
  if (layer !== undefined) return layer;
  throw new UserError(
    `Expected a run whose head was trained on features but ${network.name} ends in another way. Train it again.`,
  );
}

/** What the head of a run reads, computed as the run computes it; `dispose` frees its memory. */
export function openHeadFeatures(saved: SavedClassifier): Extractor & { dispose(): void } {
  const { network, weights, cut } = saved;
  const layer = expectHeadInput(network);
  const below = networkUpTo(network, cut);
  const prefix = openPrefix({ network: below, weights }, saved.prefix);
  if (layer === cut) return prefix;
  // unfrozen layers lie between
  const between = networkUpTo(networkAfter(network, cut), layer);
  const parameters = new Map(
    networkWeights(between).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])]),
  );
  return {
    shape: layerNamed(network, layer).shape,
    run: (pixels, count) =>
      tidyValues(() => {
        const input = tf.tensor(prefix.run(pixels, count), [count, ...prefix.shape]);
        return forward(between, parameters, input);
      }),
    dispose: () => {
      prefix.dispose();
      tf.dispose([...parameters.values()]);
    },
  };
}

/**
 * What these features depend on. Of a frozen base it is the key that training has stored them under, so that nothing is
 * computed again.
 *
 * @param config of the run: which base it was, with which weights.
 */
export function headFeatureKey(
  saved: SavedClassifier,
  config: { readonly base: string; readonly baseWeights: { readonly digest: string } },
): FeatureKey {
  const { network, weights, cut, prefix, decode } = saved;
  const layer = expectHeadInput(network);
  const below = networkUpTo(network, layer);
  const { digest: published } = config.baseWeights;
  const digest =
    layer === cut
      ? published
      : canonicalDigest(
          weights,
          networkWeights(below).map(({ name }) => name),
        );
  const preprocessing = publishedPreprocessing(basesOf(config), published);
  return frozenFeatureKey({ network: below, weights, digest, preprocessing }, prefix, decode);
}
