import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { pictureOptions } from '../data/options.js';
import type { FrozenPart } from '../features/frozen-extractor.js';
import type { SettledPart } from '../features/frozen-features.js';
import { canonicalDigest } from '../formats/tensors.js';
import { pooledAt } from '../models/compose.js';
import { inputOf, type Network, networkUpTo, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { acceptedNames } from '../models/registry.js';
import type { Hooks } from '../runtime/progress.js';
import { loadPlainBase } from '../zoo/base.js';
import { publishedPreprocessing } from '../zoo/bases.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { readRunClassifier, type SavedClassifier } from './classifier.js';
import { basesOf } from './options.js';
import { isRun } from './zoo-classifier.js';

/**
 * What makes vectors of pictures: of a run what its head reads, of a network of the zoo its base in float32. What a
 * training or an earlier search has computed is in the feature store already.
 *
 * @throws UserError when it is neither, or the network's weights cannot be had.
 */
export async function openFeatureNetwork(given: string, hooks: Hooks = {}): Promise<SettledPart> {
  checkClassifierName(given);
  if (isRun(given)) return ofRun(given, await readRunClassifier(given));
  const base = await loadPlainBase({ base: given }, hooks);
  const [height, width] = inputOf(base.network).shape as [number, number, number];
  const resize = pictureOptions.resize.parse(undefined);
  // not int8: its ranges depend on the pictures that are there, and one more would change all vectors
  return { frozen: base, settings: { precision: 'float32' }, decode: { height, width, channels: 3, resize } };
}

const plain = { precision: 'float32' } as const;

function ofRun(directory: string, saved: SavedClassifier): SettledPart {
  const { decode, prefix, cut } = saved;
  const frozen = networkUpTo(saved.network, cut);
  if (outputOf(frozen).shape.length === 1) {
    return { frozen: { ...partOf(saved, frozen), ...publishedKey(directory) }, settings: prefix, decode };
  }
  // with --unfreeze the head reads what the layers above the frozen part have learned
  const average = saved.network.layers.findLast(({ type }) => type === 'globalAverage');
  const network = average ? networkUpTo(saved.network, average.name) : pooledAt(saved.network, cut, true);
  const { precision } = prefix.precision === 'int8' || prefix.precision === 'each' ? plain : prefix;
  return { frozen: partOf(saved, network), settings: { precision }, decode };
}

/** A part of a run's network under a key of its own: its preprocessing is a layer, with weights. */
function partOf(saved: SavedClassifier, network: Network): FrozenPart {
  const weights = new Map(networkWeights(network).map(({ name }) => [name, saved.weights.get(name)!]));
  const preprocessing = { channelOrder: 'RGB', mean: [0, 0, 0], scale: [1, 1, 1] } as const;
  return { network, weights, digest: canonicalDigest(weights), preprocessing };
}

const configSchema = z.looseObject({
  base: z.string(),
  baseWeights: z.looseObject({ digest: z.string() }),
});

/** What the run's own features are stored under; nothing where only its model is there. */
function publishedKey(directory: string): Partial<Pick<FrozenPart, 'digest' | 'preprocessing'>> {
  const file = path.join(directory, 'config.json');
  const config = fs.existsSync(file) ? configSchema.safeParse(readJson(file)).data : undefined;
  if (!config || !basesOf(config).every((name) => acceptedNames().includes(name))) return {};
  const { digest } = config.baseWeights;
  return { digest, preprocessing: publishedPreprocessing(basesOf(config), digest) };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
