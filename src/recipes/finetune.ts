import fs from 'node:fs';
import path from 'node:path';
import { decodePicture } from '../data/decode.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import { scanFolder } from '../data/scan.js';
import { type Split, splitRecord } from '../data/split.js';
import { wilsonInterval } from '../evaluation/intervals.js';
import { compare } from '../evaluation/compare.js';
import { measure } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { stack, withSoftmax } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import { summaryText } from '../report/summary.js';
import type { NetworkResult, RunMetrics, RunResult } from '../report/types.js';
import { writeRun } from '../report/write-run.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { describeDevice } from '../runtime/device.js';
import { UserError } from '../runtime/errors.js';
import { Random } from '../runtime/random.js';
import { nativeBinding, usesGpu } from '../runtime/tensorflow.js';
import { pixelExtractor } from '../training/features.js';
import { type Base, loadBase } from './base.js';
import { saveClassifier } from './classifier.js';
import { computeFeatures } from './features.js';
import { type Trained, trainHead } from './head.js';
import { trainLenetBaseline } from './lenet-baseline.js';
import { findNearDuplicates } from './near-duplicates.js';
import { type FinetuneOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { openPrefix } from './prefix.js';
import type { Hooks } from './progress.js';
import { finishRunFolder, openRunFolder } from './run-folder.js';
import { divide, splitExamples, withoutBrokenPictures } from './split-folder.js';

/** A finished run, as the caller gets it. */
export interface FinishedRun {
  readonly directory: string;
  readonly metrics: RunMetrics;
  /** Both networks side by side, as plain text. */
  readonly summary: string;
}

/**
 * The main job, from a folder of pictures to a run folder with a trained classifier and its report.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: the next call with the same
 *   options goes on from there.
 */
export async function runFinetune(
  input: FinetuneOptions,
  hooks: Hooks & { readonly command?: string } = {},
): Promise<FinishedRun> {
  const started = performance.now();
  const options = resolveOptions(input);
  const folder = await scanFolder(options.data, {
    strict: options.strict,
    onProgress: (done, total) =>
      hooks.onProgress?.({ kind: 'work', stage: 'Checking pictures', done, total, unit: 'pictures' }),
  });
  const planned = divide(folder, options);
  for (const message of [...folder.warnings, ...planned.warnings])
    hooks.onProgress?.({ kind: 'warning', message });
  const base = await loadBase(options, hooks);
  const { out: _out, name: _name, ...settings } = options;
  const run = openRunFolder(options, {
    settings,
    split: splitRecord(planned, folder.labels, options.seed),
    base: base.digest,
  });
  if (run.resumed)
    hooks.onProgress?.({ kind: 'note', message: 'Going on with the interrupted run in this folder' });
  const context = { random: new Random(options.seed), checkpointFolder: run.checkpointFolder, hooks };

  const features = await extract(base, planned, options, hooks);
  reportSkipped([...folder.skipped, ...features.broken], options, hooks);
  const split = withoutBrokenPictures(planned, features.broken, folder.labels);
  const classes = folder.labels.length;
  const head = await trainHead({ ...splitExamples(features.store, split), classes }, options, context);
  const transferred = networkResult(
    `${base.spec.title} transferred`,
    head,
    split.test,
    folder.labels,
    features.seconds,
  );

  const pixels = await preparePixels(split, options, hooks);
  const lenet =
    pixels &&
    (await trainLenetBaseline({ ...splitExamples(pixels.store, split), classes }, options, context));
  const baseline = lenet && networkResult('LeNet-5 from scratch', lenet, split.test, folder.labels, 0);
  const nearDuplicates = pixels ? findNearDuplicates(pixels.store, split) : [];
  pixels?.close();
  features.close();

  const classifier = stack(base, outputOf(base.network).name, head.classifier);
  await saveClassifier(path.join(run.directory, 'model'), {
    labels: folder.labels,
    decode: features.decode,
    cut: outputOf(base.network).name,
    prefix: features.settings,
    network: withSoftmax(classifier.network),
    weights: classifier.weights,
  });
  await writeFileAtomic(
    path.join(run.directory, 'split.json'),
    `${JSON.stringify(splitRecord(split, folder.labels, options.seed), null, 2)}\n`,
  );
  const validationRight = head.validationRight.filter(Boolean).length;
  const validationInterval = wilsonInterval(validationRight, head.validationRight.length);
  const metrics: RunMetrics = {
    test: transferred.test,
    heldOut: split.heldOut,
    validation: {
      accuracy: validationRight / head.validationRight.length,
      ci95: [validationInterval.low, validationInterval.high],
      n: head.validationRight.length,
    },
    ...(baseline && {
      baseline: { model: 'lenet5', test: baseline.test, trainSeconds: lenet.seconds },
      comparison: compare(transferred.predictions, baseline.predictions),
    }),
    timing: {
      decodeMsPerImage: features.decodeMsPerImage,
      extractMsPerImage: features.extractMsPerImage,
      trainSeconds: head.seconds,
      totalSeconds: (performance.now() - started) / 1000,
    },
    precision: features.settings.precision,
    device: usesGpu() ? 'gpu' : 'cpu',
    parameters: { trainable: transferred.trainableParameters, frozen: base.parameters },
  };
  const files = new Map([...split.train, ...split.validation, ...split.test].map((p) => [p.path, p.file]));
  const result: RunResult = {
    name: run.name,
    labels: folder.labels,
    metrics,
    transferred,
    ...(baseline && { baseline }),
    splitDescription: split.how,
    counts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    skipped: [...folder.skipped, ...features.broken],
    warnings: [...folder.warnings, ...split.warnings],
    nearDuplicates,
    device: describeDevice(),
    config: describeRun(options, base, head, metrics),
    command: hooks.command ?? `finetune(${JSON.stringify(input)})`,
    thumbnail: async (picture) => thumbnail(files.get(picture)),
  };
  await writeRun(run.directory, result);
  finishRunFolder(run);
  return { directory: run.directory, metrics, summary: summaryText(result) };
}

async function extract(base: Base, split: Split, options: ResolvedOptions, hooks: Hooks) {
  const started = performance.now();
  const settings = { precision: 'float32' } as const;
  const prefix = openPrefix(base, settings);
  const [height, width] = base.spec.inputShape;
  const decode = { height, width, channels: 3, resize: options.resize } as const;
  try {
    const pictures = [...split.train, ...split.validation, ...split.test];
    const features = await computeFeatures(pictures, decode, prefix, options, 'Computing features', hooks);
    const { computed } = features;
    const total = pictures.length;
    const seconds = (performance.now() - started) / 1000;
    if (computed < total) {
      const message = `Features of ${total - computed} of ${total} pictures were in the cache`;
      hooks.onProgress?.({ kind: 'note', message });
    }
    return { ...features, decode, settings, seconds };
  } finally {
    prefix.dispose();
  }
}

async function preparePixels(split: Split, options: ResolvedOptions, hooks: Hooks) {
  if (options.baseline === 'none') return undefined;
  const decode = { height: 32, width: 32, channels: 3, resize: options.resize } as const;
  const pictures = [...split.train, ...split.validation, ...split.test];
  return computeFeatures(pictures, decode, pixelExtractor(decode), options, 'Preparing LeNet-5', hooks);
}

function reportSkipped(
  skipped: readonly SkippedFile[],
  options: ResolvedOptions,
  { onProgress }: Hooks,
): void {
  if (skipped.length === 0) return;
  const list = skipped.map(({ path: file, reason }) => `${file}: ${reason}`);
  if (options.strict) {
    throw new UserError(
      `Expected only usable pictures (--strict) but found ${list.length} that are not: ${list.join('; ')}`,
    );
  }
  const shown = list
    .slice(0, 10)
    .map((line) => `\n  ${line}`)
    .join('');
  const more = list.length > 10 ? `\n  and ${list.length - 10} more, listed in the report` : '';
  onProgress?.({
    kind: 'warning',
    message: `${list.length} ${list.length === 1 ? 'file' : 'files'} skipped:${shown}${more}`,
  });
}

function networkResult(
  title: string,
  trained: Trained,
  pictures: readonly Picture[],
  labels: readonly string[],
  secondsBefore: number,
): NetworkResult {
  const predictions: LabelledPrediction[] = pictures.map((picture, i) => ({
    path: picture.path,
    label: picture.label,
    probabilities: trained.testProbabilities[i]!,
  }));
  return {
    title,
    trainableParameters: trained.trainableParameters,
    seconds: secondsBefore + trained.seconds,
    history: trained.measured.history,
    test: measure(predictions, labels),
    predictions,
  };
}

function describeRun(options: ResolvedOptions, base: Base, head: Trained, metrics: RunMetrics) {
  const read = (url: URL) => (JSON.parse(fs.readFileSync(url, 'utf8')) as { version: string }).version;
  return {
    ...options,
    weightDecayUsed: head.weightDecay,
    baseWeights: { digest: base.digest, licence: base.licence },
    device: { asked: options.device, used: metrics.device },
    precision: { asked: options.precision, used: metrics.precision },
    versions: {
      finetune: read(new URL('../../package.json', import.meta.url)),
      tensorflow: nativeBinding().TF_Version,
      node: process.versions.node,
    },
    date: new Date().toISOString(),
  };
}

async function thumbnail(file: string | undefined): Promise<Uint8Array | undefined> {
  if (!file) return undefined;
  const { default: sharp } = await import('sharp');
  const side = 160;
  try {
    const pixels = await decodePicture(file, { height: side, width: side, channels: 3, resize: 'crop' });
    return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 78 })
      .toBuffer();
  } catch {
    return undefined; // the file has gone since it was read
  }
}
