import path from 'node:path';
import { splitRecord } from '../data/split-record.js';
import { stack, withSoftmax } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { dividedBy } from '../training/temperature.js';
import { type SavedClassifier, saveClassifier } from './classifier.js';
import type { Extracted } from './extract-run.js';
import type { Fitted } from './fit-run.js';
import type { Prepared } from './prepare-run.js';

/** What a run has learned, from pixels to probabilities. */
export function runClassifier(
  { folder, frozen }: Prepared,
  { features }: Extracted,
  { best }: Fitted,
): SavedClassifier {
  const cut = outputOf(frozen.network).name;
  const classifier = stack(frozen, cut, dividedBy(best.temperature, best.classifier));
  return {
    labels: folder.labels,
    decode: features.decode,
    cut,
    prefix: features.settings,
    network: withSoftmax(classifier.network),
    weights: classifier.weights,
  };
}

/** Writes what a run has learned and from which pictures: `model/` and `split.json`. */
export async function saveRun(
  directory: string,
  classifier: SavedClassifier,
  { options, folder }: Prepared,
  { split, fingerprints }: Extracted,
): Promise<void> {
  await saveClassifier(path.join(directory, 'model'), classifier);
  const record = splitRecord(split, folder.labels, options.seed, fingerprints);
  await writeFileAtomic(path.join(directory, 'split.json'), `${JSON.stringify(record, null, 2)}\n`);
}
