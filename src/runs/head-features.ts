import path from 'node:path';
import { z } from 'zod';
import { frozenFeatureKey } from '../features/frozen-features.js';
import type { Extractor } from '../features/extract.js';
import type { FeatureKey } from '../features/feature-key.js';
import { openPrefix } from '../features/frozen-extractor.js';
import { canonicalDigest, type Weights } from '../formats/tensors.js';
import { forward } from '../models/forward.js';
import { layerNamed, type Network, networkAfter, networkUpTo, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { featuresLayer } from '../models/pooled-features.js';
import { acceptedNames } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import { readJsonIfThere } from '../runtime/json-file.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import { publishedPreprocessing } from '../zoo/bases.js';
import type { SavedClassifier } from './classifier.js';
import { basesOf } from './options.js';

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

/** The part of a run's network that makes what its head reads. */
export function networkToHead({ network }: Pick<SavedClassifier, 'network'>): Network {
  return networkUpTo(network, expectHeadInput(network));
}

/** Which published base a run stands on, by its config.json. */
export interface PublishedBase {
  readonly base: string;
  readonly baseWeights: { readonly digest: string };
}

const publishedSchema = z.looseObject({
  base: z.string(),
  baseWeights: z.looseObject({ digest: z.string() }),
});

/** Undefined where only the model of a run is there, or its base is not of this zoo. */
export function publishedBase(directory: string): PublishedBase | undefined {
  const published = publishedSchema.safeParse(readJsonIfThere(path.join(directory, 'config.json'))).data;
  return published && basesOf(published).every((name) => acceptedNames().includes(name))
    ? published
    : undefined;
}

/**
 * What these features depend on. Of one frozen base of which the head reads all that was planned it is the key that training
 * has stored them under, so that nothing is computed again. Of several side by side training has stored each by itself,
 * and parts that the head does without are in the store but not in the run's network: these features are computed once
 * more, and found again after that. With unfrozen layers, and where it is not known which base it was, it is a key of the
 * run's own weights.
 */
export function headFeatureKey(saved: SavedClassifier, published: PublishedBase | undefined): FeatureKey {
  const { weights, cut, prefix, decode } = saved;
  const below = networkToHead(saved);
  const isPublished = published !== undefined && outputOf(below).name === cut;
  const frozen = isPublished
    ? {
        digest: published.baseWeights.digest,
        preprocessing: publishedPreprocessing(basesOf(published), published.baseWeights.digest),
      }
    : { digest: `${digestOfWeights(below, weights)}, cut at ${cut}`, preprocessing: inTheNetwork };
  return frozenFeatureKey({ network: below, weights, ...frozen }, prefix, decode);
}

/** Preprocessing is a layer of a run's network, with weights, which the digest holds. */
const inTheNetwork = { channelOrder: 'RGB', mean: [0, 0, 0], scale: [1, 1, 1] } as const;

function digestOfWeights(network: Network, weights: Weights): string {
  return canonicalDigest(
    weights,
    networkWeights(network).map(({ name }) => name),
  );
}
