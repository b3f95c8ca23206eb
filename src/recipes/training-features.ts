import path from 'node:path';
import type { Picture } from '../data/pictures.js';
import { computeFeatures } from '../features/stored-features.js';
import { BatchSize } from '../features/batch-size.js';
import { readRunClassifier } from '../runs/classifier.js';
import { headFeatureKey, openHeadFeatures, publishedBase } from '../runs/head-features.js';
import { readRun } from '../runs/read-run.js';
import { findRunPictures } from '../runs/run-pictures.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { closingAll } from '../runtime/closing.js';
import type { Hooks } from '../runtime/progress.js';

/** How many pictures go through the network at once: other work goes on beside this. */
export const batchSize = 16;

/** The pictures that a run has learned from, in the order of their features. */
export type LearnedPicture = Pick<Picture, 'file' | 'label'>;

/**
 * What the head of a run reads of the pictures that it has learned from (training and validation), as float32 in one file,
 * picture after picture: to find the nearest among. From the feature store where training has left them.
 *
 * @throws UserError when pictures are missing or have changed.
 */
export async function writeTrainingFeatures(
  run: string,
  { data, file }: { readonly data?: string | undefined; readonly file: string },
  hooks: Hooks = {},
): Promise<LearnedPicture[]> {
  return closingAll(async (keep) => {
    const { labels } = readRun(run);
    const saved = await readRunClassifier(run);
    const { options, split } = await findRunPictures(run, labels, data, hooks);
    const learned = [...split.train, ...split.validation];
    const extractor = openHeadFeatures(saved);
    keep({ close: () => extractor.dispose() });
    const features = keep(
      await computeFeatures(
        learned,
        headFeatureKey(saved, publishedBase(run)),
        { extractor, batchSize: new BatchSize(batchSize), stage: 'Computing features' },
        options,
        hooks,
      ),
    );
    const usable = learned.filter(({ digest }) => features.store.has(digest));
    const values = features.store.read(usable.map(({ digest }) => digest));
    await writeFileAtomic(path.resolve(file), new Uint8Array(values.buffer));
    return usable.map((picture) => ({ file: picture.file, label: picture.label }));
  });
}
