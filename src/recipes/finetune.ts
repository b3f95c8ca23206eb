import type { Split } from '../data/split.js';
import { surestMistakes } from '../evaluation/mistakes.js';
import { predictedClass } from '../evaluation/predictions.js';
import { mistakeMaps } from '../explain/mistake-maps.js';
import { UserError } from '../runtime/errors.js';
import { writeRun } from '../report/write-run.js';
import { summaryText } from '../report/run-summary.js';
import { augmentedSamples } from '../runs/augmented-samples.js';
import { extractRun } from '../runs/extract-run.js';
import { fitRun } from '../runs/fit-run.js';
import { keepingOf } from '../runs/keeping.js';
import { measureRun } from '../runs/measure-run.js';
import { type FinetuneOptions, resolveOptions } from '../runs/options.js';
import { identityOf, prepare } from '../runs/prepare-run.js';
import type { MistakeMaps, NetworkResult, RunMetrics } from '../runs/record.js';
import type { SavedClassifier } from '../runs/classifier.js';
import { describeRun, pictureThumbnails, usedParts } from '../runs/result.js';
import { openRunFolder, type RunFolder } from '../runs/run-folder.js';
import { runClassifier, saveRun } from '../runs/save-run.js';
import { partsText } from '../features/feature-plan.js';
import { againWhenLost } from '../features/lost-features.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { describeDevice } from '../runtime/device.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';

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
  const { signal } = hooks;
  try {
    return await againWhenLost(() => closingAll((keep) => finetune(input, hooks, keep)), hooks);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw new Interrupted('The run was interrupted.');
    throw error;
  }
}

async function finetune(input: FinetuneOptions, hooks: FinetuneHooks, keep: Keep): Promise<FinishedRun> {
  const started = performance.now();

  // 1. Find the pictures, divide them, load the base. Nothing is touched before all that was asked for makes sense.
  const prepared = await prepare(resolveOptions(input), hooks);
  const { options } = prepared;
  const run = keep(await openRunFolder(options, identityOf(prepared)));
  tellUnfinished(run, hooks);

  // 2. Send every picture through the frozen part of the base, once.
  const extracted = await extractRun(prepared, run.checkpointFolder, keep, hooks);

  // 3. Train the head on what came out, and LeNet-5 on the pictures themselves.
  const random = new Random(options.seed);
  const fitted = await fitRun(prepared, extracted, { random, checkpointFolder: run.checkpointFolder, hooks });

  // 4. Measure both on pictures that neither has seen.
  const { metrics, networks } = measureRun(prepared, extracted, fitted, started);

  // 5. See what the surest mistakes were made by; the disk takes the classifier meanwhile.
  const classifier = runClassifier(prepared, extracted, fitted);
  const mapped = { ...hooks, seed: options.seed, keeping: keepingOf(prepared, extracted) };
  const [, maps] = await whenBothEnd(
    saveRun(run.resultFolder, classifier, prepared, extracted, fitted),
    mapsOfMistakes(classifier, networks.transferred, extracted.split, mapped),
  );

  const { decode } = extracted.features;
  const stored = extracted.views.length;
  const augmented = await augmentedSamples(extracted.split.train, decode, options, stored);

  // 6. Write figures and report too, then put all in the place of an earlier run's.
  const { split } = extracted;
  const result = {
    name: run.name,
    labels: prepared.folder.labels,
    metrics,
    ...networks,
    splitDescription: split.how,
    counts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    skipped: extracted.skipped,
    warnings: extracted.warnings,
    ...(augmented && { augmented }),
    ...(maps && { mistakeMaps: maps }),
    nearest: fitted.nearest,
    ...extracted.copies,
    device: describeDevice(),
    features: `${partsText(usedParts(fitted.best, prepared.plan))}. ${prepared.plan.why}`,
    config: describeRun(options, prepared.base, fitted.best, extracted.features, prepared.plan),
    command: hooks.command ?? `finetune(${JSON.stringify(input)})`,
    thumbnail: pictureThumbnails(split),
  };
  await writeRun(run.resultFolder, result);
  await run.finish();
  return { directory: run.directory, metrics, summary: summaryText(result) };
}

/** Two jobs side by side: where one fails, the other is waited for all the same, so that nothing goes on after the run. */
async function whenBothEnd<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

/** So many mistakes are mapped: checking the maps takes a few passes through the network for each. */
const mostMapped = 6;

/** The report does without where the network has no map, such as LeNet-5's last layers alone. */
async function mapsOfMistakes(
  classifier: SavedClassifier,
  { predictions }: NetworkResult,
  split: Split,
  hooks: Parameters<typeof mistakeMaps>[2],
): Promise<MistakeMaps | undefined> {
  const files = new Map(split.test.map(({ path, file }) => [path, file]));
  const mistakes = surestMistakes(predictions, mostMapped).map(({ path, label, probabilities }) => {
    return { path, file: files.get(path)!, truth: label, said: predictedClass(probabilities) };
  });
  try {
    return await mistakeMaps(classifier, mistakes, hooks);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    hooks.onProgress?.({ kind: 'note', message: `No maps of mistakes in the report: ${error.message}` });
    return undefined;
  }
}

function tellUnfinished({ unfinished }: RunFolder, { onProgress }: Hooks): void {
  if (unfinished === 'none') return;
  const message =
    unfinished === 'resumed'
      ? 'Going on with the interrupted run in this folder'
      : 'The interrupted run in this folder had other options, pictures or weights: beginning anew';
  onProgress?.({ kind: 'note', message });
}
