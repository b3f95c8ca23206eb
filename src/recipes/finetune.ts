import fs from 'node:fs';
import { type ScannedFolder, scanFolder } from '../data/scan.js';
import { applySplitRecord, type Split, splitFolder, splitRecord } from '../data/split.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { Random } from '../runtime/random.js';
import { pixelExtractor, storedExamples } from '../training/features.js';
import { predictExamples } from '../training/fit.js';
import { Trainer } from '../training/trainer.js';
import { loadBase } from './base.js';
import { computeFeatures, type StoredFeatures, withoutBroken } from './features.js';
import { type Trained, trainHead } from './head.js';
import { trainLenetBaseline } from './lenet-baseline.js';
import { type FinetuneOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { openPrefix } from './prefix.js';
import type { Hooks } from './progress.js';
import { finishRunFolder, openRunFolder } from './run-folder.js';

/** The main job, from a folder of pictures to a run folder with a trained classifier and its report. */
export async function runFinetune(input: FinetuneOptions, hooks: Hooks = {}): Promise<void> {
  const options = resolveOptions(input);
  const folder = await scanFolder(options.data, {
    strict: options.strict,
    onProgress: (done, total) =>
      hooks.onProgress?.({ kind: 'work', stage: 'Checking pictures', done, total, unit: 'pictures' }),
  });
  const split = divide(folder, options);
  const base = await loadBase(options, hooks);
  const random = new Random(options.seed);
  const run = openRunFolder(options, {
    options,
    split: splitRecord(split, folder.labels, options.seed),
    base: base.digest,
  });
  const context = { random, checkpointFolder: run.checkpointFolder, hooks };
  const classes = folder.labels.length;
  const prefix = openPrefix(base);
  const [height, width] = base.spec.inputShape;
  const t0 = performance.now();
  const features = await computeFeatures(
    [...split.train, ...split.validation, ...split.test],
    { height, width, channels: 3, resize: options.resize },
    prefix,
    options,
    'Computing features',
    hooks,
  );
  console.log(
    'features',
    performance.now() - t0,
    features.decodeMsPerImage,
    features.extractMsPerImage,
    features.broken,
  );
  const data = examples(features, split, classes);
  const head = await trainHead(data, options, context);
  console.log('head', head.seconds, head.measured.history.at(-1));
  console.log('test', accuracy(head, data.test, options));
  const pixels = { height: 32, width: 32, channels: 3 as const, resize: options.resize };
  const px = await computeFeatures(
    [...split.train, ...split.validation, ...split.test],
    pixels,
    pixelExtractor(pixels),
    options,
    'Preparing LeNet-5',
    hooks,
  );
  const pd = examples(px, split, classes);
  const lenet = await trainLenetBaseline(pd, options, context);
  console.log('lenet', lenet.seconds, lenet.measured.bestEpoch, lenet.measured.history.at(-1));
  console.log('test', accuracy(lenet, pd.test, options));
  finishRunFolder(run);
}
function accuracy(t: Trained, test: ReturnType<typeof storedExamples>, options: ResolvedOptions) {
  const tr = new Trainer(t.job.network, t.final.weights, { ...options });
  const p = predictExamples(tr, test, options.batchSize);
  tr.dispose();
  return p.filter((row, i) => row.indexOf(Math.max(...row)) === test.labels[i]).length / p.length;
}
function examples(features: StoredFeatures, split: Split, classes: number) {
  const of = (part: Split['train']) => storedExamples(features.store, withoutBroken(part, features.broken));
  return { train: of(split.train), validation: of(split.validation), test: of(split.test), classes };
}

function divide(folder: ScannedFolder, options: ResolvedOptions): Split {
  if (!options.split) {
    const fractions = { validation: options.validationFraction, test: options.testFraction };
    return splitFolder(folder, { seed: options.seed, fractions });
  }
  try {
    return applySplitRecord(JSON.parse(fs.readFileSync(options.split, 'utf8')), folder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `Expected --split to name a split.json but '${options.split}' could not be read: ${messageOf(error)}`,
    );
  }
}
