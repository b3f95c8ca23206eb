import path from 'node:path';
import { splitRecord } from '../data/split-record.js';
import { stack, type WeightedNetwork, withSoftmax } from '../models/compose.js';
import { type Network, outputOf } from '../models/network.js';
import { branchLayer } from '../models/side-by-side.js';
import { ownWeights } from '../models/network-weights.js';
import { type FeaturePart, withPooledFeatures } from '../models/pooled-features.js';
import type { PrefixSettings } from '../features/frozen-extractor.js';
import { usedBranches } from '../zoo/bases.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { dividedBy } from '../training/temperature.js';
import { type SavedClassifier, saveClassifier } from './classifier.js';
import { keepingOf, keptAnswer } from './keeping.js';
import type { Extracted } from './extract-run.js';
import type { Fitted } from './fit-run.js';
import type { Prepared } from './prepare-run.js';
import { surenessFile, surenessOf, surenessText } from './sureness.js';

/** What a run has learned, from pixels to probabilities. */
export function runClassifier(
  { folder, frozen, suffix, base }: Prepared,
  { features }: Extracted,
  { best }: Fitted,
): SavedClassifier {
  const used = suffix ? frozen : withParts(frozen, best.parts!);
  const cut = outputOf(used.network).name;
  const classifier = stack(used, cut, dividedBy(best.temperature, best.classifier));
  return {
    labels: folder.labels,
    decode: features.decode,
    cut,
    prefix: settingsOf(features.settings, used.network),
    ...(best.mirrored && { mirrored: true }),
    network: { ...withSoftmax(classifier.network), name: nameOf(base, best, frozen.network) },
    weights: classifier.weights,
  };
}

function nameOf(base: Prepared['base'], { parts }: Fitted['best'], whole: Network): string {
  if (base.branches.length === 1 || !parts) return whole.name;
  return usedBranches(base, parts)
    .map(({ network }) => network.name)
    .join(' + ');
}

/** Those of the branches that are left. */
function settingsOf(settings: PrefixSettings, { layers }: Network): PrefixSettings {
  if (settings.precision !== 'each') return settings;
  const branches = Object.entries(settings.branches).filter(([branch]) =>
    layers.some(({ name }) => name.startsWith(branchLayer(branch, ''))),
  );
  return { precision: 'each', branches: Object.fromEntries(branches) };
}

/** Writes what a run has learned and from which pictures: `model/`, `sureness.json`, `split.json`. */
export async function saveRun(
  directory: string,
  classifier: SavedClassifier,
  prepared: Prepared,
  extracted: Extracted,
  { best, likeness }: Fitted,
): Promise<void> {
  const { options, folder } = prepared;
  const { split, fingerprints } = extracted;
  const keeping = keepingOf(prepared, extracted);
  const own = keeping && keptAnswer(keeping, classifier.cut);
  await saveClassifier(path.join(directory, 'model'), classifier, own);
  await writeFileAtomic(path.join(directory, surenessFile), surenessText(surenessOf(best, likeness)));
  const record = splitRecord(split, folder.labels, options.seed, fingerprints);
  await writeFileAtomic(path.join(directory, 'split.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** The base with what the head reads of it: what it was tried with and does without is left out. */
export function withParts(
  { network, weights }: WeightedNetwork,
  parts: readonly FeaturePart[],
): WeightedNetwork {
  const needed = withPooledFeatures(network, parts);
  return { network: needed, weights: ownWeights(needed, weights) };
}
