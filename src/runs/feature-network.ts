import type { Extractor } from '../features/extract.js';
import type { FeatureKey } from '../features/feature-key.js';
import { type FrozenPart, openPrefix } from '../features/frozen-extractor.js';
import { batchSizeOf, frozenFeatureKey } from '../features/frozen-features.js';
import type { BatchSize } from '../features/batch-size.js';
import type { FeatureOptions } from '../features/options.js';
import { pictureOptions } from '../data/options.js';
import { inputOf } from '../models/network.js';
import type { Hooks } from '../runtime/progress.js';
import { loadPlainBase } from '../zoo/base.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { readRunClassifier } from './classifier.js';
import { headFeatureKey, networkToHead, openHeadFeatures, publishedBase } from './head-features.js';
import { isRun } from './zoo-classifier.js';

/** What makes a vector of every picture, and what vectors are stored under. */
export interface FeatureNetwork {
  readonly extractor: Extractor & { dispose(): void };
  readonly key: FeatureKey;
  batchSize(options: FeatureOptions): BatchSize;
}

/**
 * What makes vectors of pictures: of a run what its head reads, of a network of the zoo its base in float32. What a
 * server, an earlier search or, see `headFeatureKey`, the training has computed is in the feature store already.
 *
 * @throws UserError when it is neither, or the network's weights cannot be had.
 */
export async function openFeatureNetwork(given: string, hooks: Hooks = {}): Promise<FeatureNetwork> {
  checkClassifierName(given);
  if (isRun(given)) {
    const saved = await readRunClassifier(given);
    return {
      extractor: openHeadFeatures(saved),
      key: headFeatureKey(saved, publishedBase(given)),
      batchSize: (options) => batchSizeOf(networkToHead(saved), options),
    };
  }
  const base: FrozenPart = await loadPlainBase({ base: given }, hooks);
  const [height, width] = inputOf(base.network).shape as [number, number, number];
  const resize = pictureOptions.resize.parse(undefined);
  const decode = { height, width, channels: 3, resize } as const;
  // not int8: its ranges depend on the pictures that are there, and one more would change all vectors
  const settings = { precision: 'float32' } as const;
  return {
    extractor: openPrefix(base, settings),
    key: frozenFeatureKey(base, settings, decode),
    batchSize: (options) => batchSizeOf(base.network, options),
  };
}
