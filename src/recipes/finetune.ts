import path from 'node:path';
import { plainWarning } from '../data/odd-pictures.js';
import type { SkippedFile } from '../data/pictures.js';
import { scanFolder } from '../data/scan.js';
import type { Split } from '../data/split.js';
import { splitRecord } from '../data/split-record.js';
import { compare } from '../evaluation/compare.js';
import { stack, withSoftmax } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import { summaryText } from '../report/run-summary.js';
import type { RunMetrics, RunResult } from '../runs/record.js';
import { writeRun } from '../report/write-run.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { describeDevice } from '../runtime/device.js';
import { UserError } from '../runtime/errors.js';
import { Random } from '../runtime/random.js';
import { usesGpu } from '../runtime/tensorflow.js';
import { frozenParameters, loadBase } from '../zoo/base.js';
import { saveClassifier } from '../runs/classifier.js';
import { extractFrozen, extractPixels } from '../features/frozen-features.js';
import type { StoredFeatures } from '../features/stored-features.js';
import { type Trained, trainHead } from '../training/train-head.js';
import { trainLenetBaseline } from '../training/lenet-baseline.js';
import { dividedBy } from '../training/temperature.js';
import { findNearDuplicates, lookAt } from '../features/near-duplicates.js';
import { FeaturesLost } from '../features/feature-store.js';
import { type FinetuneOptions, type ResolvedOptions, resolveOptions } from '../runs/options.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { describeRun, networkResult, thumbnail, validationMetrics } from '../runs/result.js';
import { openRunFolder, type RunFolder } from '../runs/run-folder.js';
import { divide, splitExamples, withoutBrokenPictures } from '../features/split-folder.js';
import type { TrainingContext } from '../training/training-job.js';
import { cutBefore, trainUnfrozen } from '../training/unfreeze.js';

/** A finished run, as the caller gets it. */
export interface FinishedRun {
  readonly directory: string;
  readonly metrics: RunMetrics;
  /** Both networks side by side, as plain text. */
  readonly summary: string;
}

type FinetuneHooks = Hooks & { readonly command?: string };

/**
 * The main job, from a folder of pictures to a run folder with a trained classifier and its report.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: the next call with the same
 *   options goes on from there.
 */
export async function runFinetune(input: FinetuneOptions, hooks: FinetuneHooks = {}): Promise<FinishedRun> {
  const { onProgress, signal } = hooks;
  for (let tries = 1; ; tries++) {
    try {
      return await closingAll((keep) => finetune(input, hooks, keep));
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw new Interrupted('The run was interrupted.');
      // The disk has damaged stored features, or another run has evicted them: go on as after an interruption.
      if (!(error instanceof FeaturesLost) || tries === 3) throw error;
      onProgress?.({ kind: 'warning', message: `${error.message}: extracting features anew` });
    }
  }
}

async function finetune(input: FinetuneOptions, hooks: FinetuneHooks, keep: Keep): Promise<FinishedRun> {
  const started = performance.now();
  const options = resolveOptions(input);
  const folder = await scan(options, hooks);
  const planned = divide(folder, options);
  for (const message of [...folder.warnings, ...planned.warnings])
    hooks.onProgress?.({ kind: 'warning', message });
  const base = await loadBase(options, hooks);
  const { out: _out, name: _name, ...settings } = options;
  const { frozen, suffix } = options.unfreeze
    ? cutBefore(base, options.unfreeze)
    : { frozen: base, suffix: undefined };
  // Nothing is touched before here, where all that was asked for is known to make sense.
  const run = keep(
    await openRunFolder(options, {
      settings,
      split: splitRecord(planned, folder.labels, options.seed),
      base: base.digest,
    }),
  );
  reportUnfinished(run, hooks);
  const context = { random: new Random(options.seed), checkpointFolder: run.checkpointFolder, hooks };

  const features = keep(
    await extractFrozen({ ...base, ...frozen }, planned, options, run.checkpointFolder, hooks),
  );
  reportSkipped([...folder.skipped, ...features.broken], options, hooks);
  const split = withoutBrokenPictures(planned, features.broken, folder.labels);
  const small = keep(await extractPixels(split, 'squash', options, hooks));
  const looks = lookAt(small.store, split);
  const nearDuplicates = findNearDuplicates(looks, split);
  const used = [...split.train, ...split.validation, ...split.test];
  const nothingToSee = used.filter(({ digest }) => looks.plain.has(digest)).map((picture) => picture.path);
  const plain = plainWarning(nothingToSee, used.length);
  for (const message of plain) hooks.onProgress?.({ kind: 'warning', message });
  const classes = folder.labels.length;
  const { title } = base.spec;
  const data = { ...splitExamples(features.store, split), classes };
  const { tuned, head } = suffix
    ? await trainUnfrozen(data, suffix, { ...context, name: `${title} from ${options.unfreeze}` }, options)
    : { tuned: undefined, head: await trainHead(data, options, context) };
  const result = (name: string, trained: Trained, secondsBefore: number) =>
    networkResult(name, trained, split.test, folder.labels, secondsBefore);
  const withHead = result(`${title} transferred`, head, features.seconds);
  const withTuning = tuned && result(`${title} from ${options.unfreeze}`, tuned, features.seconds);
  const transferred = withTuning ?? withHead;
  const best = tuned ?? head;
  features.close();

  const lenet =
    options.baseline === 'none' ? undefined : await baselineOn(small, split, classes, options, context);
  const baseline = lenet && result('LeNet-5 from scratch', lenet, 0);
  small.close();

  const cut = outputOf(frozen.network).name;
  const classifier = stack(frozen, cut, dividedBy(best.temperature, best.classifier));
  await saveClassifier(path.join(run.resultFolder, 'model'), {
    labels: folder.labels,
    decode: features.decode,
    cut,
    prefix: features.settings,
    network: withSoftmax(classifier.network),
    weights: classifier.weights,
  });
  await writeFileAtomic(
    path.join(run.resultFolder, 'split.json'),
    `${JSON.stringify(splitRecord(split, folder.labels, options.seed, looks.fingerprints), null, 2)}\n`,
  );
  const metrics: RunMetrics = {
    test: transferred.test,
    heldOut: split.heldOut,
    validation: validationMetrics(best),
    ...(withTuning && {
      frozen: { test: withHead.test, comparison: compare(withTuning.predictions, withHead.predictions) },
    }),
    ...(baseline && {
      baseline: { model: 'lenet5', test: baseline.test, trainSeconds: lenet.seconds },
      comparison: compare(transferred.predictions, baseline.predictions),
    }),
    timing: {
      decodeMsPerImage: features.decodeMsPerImage,
      extractMsPerImage: features.extractMsPerImage,
      trainSeconds: best.seconds,
      totalSeconds: (performance.now() - started) / 1000,
    },
    precision: features.settings.precision,
    device: usesGpu() ? 'gpu' : 'cpu',
    parameters: {
      trainable: transferred.trainableParameters,
      frozen: frozenParameters(frozen.network),
    },
  };
  const files = new Map(used.map((p) => [p.path, p.file]));
  const finished: RunResult = {
    name: run.name,
    labels: folder.labels,
    metrics,
    transferred,
    ...(withTuning && { frozen: withHead }),
    ...(baseline && { baseline }),
    splitDescription: split.how,
    counts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    skipped: [...folder.skipped, ...features.broken],
    warnings: [...folder.warnings, ...split.warnings, ...plain],
    nearDuplicates,
    device: describeDevice(),
    config: describeRun(options, base, best, features),
    command: hooks.command ?? `finetune(${JSON.stringify(input)})`,
    thumbnail: (picture) => thumbnail(files.get(picture)),
  };
  await writeRun(run.resultFolder, finished);
  await run.finish();
  return { directory: run.directory, metrics, summary: summaryText(finished) };
}

/** LeNet-5 on pixels brought to size as the options say; `squashed` are there already. */
async function baselineOn(
  squashed: StoredFeatures,
  split: Split,
  classes: number,
  options: ResolvedOptions,
  context: TrainingContext,
): Promise<Trained> {
  const train = (pixels: StoredFeatures) =>
    trainLenetBaseline({ ...splitExamples(pixels.store, split), classes }, options, context);
  if (options.resize === 'squash') return train(squashed);
  const pixels = await extractPixels(split, options.resize, options, context.hooks);
  try {
    return await train(pixels);
  } finally {
    pixels.close();
  }
}

function reportUnfinished({ unfinished }: RunFolder, { onProgress }: Hooks): void {
  if (unfinished === 'none') return;
  const message =
    unfinished === 'resumed'
      ? 'Going on with the interrupted run in this folder'
      : 'The interrupted run in this folder had other options, pictures or weights: beginning anew';
  onProgress?.({ kind: 'note', message });
}

async function scan({ data, strict, layout }: ResolvedOptions, { onProgress, signal }: Hooks) {
  try {
    return await scanFolder(data, {
      strict,
      layout,
      ...(signal && { signal }),
      onProgress: (done, total) =>
        onProgress?.({ kind: 'work', stage: 'Checking pictures', done, total, unit: 'pictures' }),
    });
  } catch (error) {
    if (signal?.aborted) throw new Interrupted('Checking pictures was interrupted.');
    throw error;
  }
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
