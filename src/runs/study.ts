import { predictedClass } from '../evaluation/predictions.js';
import fs from 'node:fs';
import path from 'node:path';
import type { Picture } from '../data/pictures.js';
import { type Examples, heldInMemory, selectExamples } from '../features/examples.js';
import { storedExamples } from '../features/extract.js';
import { type FeatureRows, FeaturesLost } from '../features/feature-store.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import type { Random } from '../runtime/random.js';
import type { TrainingOptions } from '../training/options.js';
import type { PlannedPart } from '../features/feature-plan.js';
import { fitVersion } from '../training/fit-version.js';
import { trainHead } from '../training/train-head.js';
import type { HeadData, Trained } from '../training/trained.js';
import type { TrainingContext } from '../training/training-job.js';
import { Journal } from './journal.js';
import type { ResolvedOptions } from './options.js';
import { openRunFolder, type RunFolder } from './run-folder.js';
import type { FitElsewhere, FittingStudy } from './study-fits.js';

/** What a study's caller may listen to and stop, the command that the page is to show, and who makes the fits. */
export type StudyHooks = Hooks & { readonly command?: string; readonly elsewhere?: FitElsewhere };

/**
 * Runs a study. Stored features that a disk has damaged, or another run has evicted, are extracted anew.
 *
 * @throws Interrupted when the signal fires.
 */
export async function retried<T>({ onProgress, signal }: Hooks, job: (keep: Keep) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await closingAll(job);
    } catch (error) {
      if (signal?.aborted && !(error instanceof UserError))
        throw new Interrupted('The study was interrupted.');
      if (!(error instanceof FeaturesLost) || tries === 3) throw error;
      onProgress?.({ kind: 'warning', message: `${error.message}: extracting features anew` });
    }
  }
}

/** A study's folder: many fits on the same stored features, each noted when it is done. */
export type Study = RunFolder & FittingStudy;

/**
 * Opens the folder of a study: --out, else runs/<data folder>-<kind>. One that was interrupted, with the same options,
 * pictures and weights, is gone on with.
 *
 * @throws UserError when --out holds a classifier or anything else.
 */
export async function openStudy(
  kind: string,
  options: ResolvedOptions,
  identity: unknown,
  { onProgress, signal, elsewhere }: StudyHooks,
): Promise<Study> {
  if (options.out && fs.existsSync(path.join(options.out, 'model'))) {
    throw new UserError(
      `Expected --out to be a new or empty folder, or that of an earlier study, but '${options.out}' holds a classifier. Choose another.`,
    );
  }
  const name = `${path.basename(path.resolve(options.data))}-${kind}`;
  const folder = await openRunFolder({ ...options, name }, { kind, identity, fits: fitVersion });
  const journal = new Journal(path.join(folder.checkpointFolder, 'journal.jsonl'));
  if (folder.unfinished === 'replaced') {
    const message = 'What was begun in this folder had other options, pictures or weights: beginning anew';
    onProgress?.({ kind: 'note', message });
  } else if (journal.size > 0) {
    onProgress?.({ kind: 'note', message: `Going on: ${journal.size} fits are done already` });
  }
  return { ...folder, journal, folder: folder.checkpointFolder, signal, elsewhere };
}

/** Pictures with what the frozen part, or nothing, made of them; in memory if they are small enough. */
export function examplesOf(store: FeatureRows, pictures: readonly Picture[]): Examples {
  return heldInMemory(storedExamples(store, pictures));
}

/** Places of examples that teach, choose, and are judged. */
export interface Part {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

type Fit = (data: HeadData, options: TrainingOptions, context: TrainingContext) => Promise<Trained>;

/** What all fits of a study share. */
export interface PartContext {
  readonly options: TrainingOptions;
  readonly classes: number;
  /** The examples' mirror images, where they may be looked at too. */
  readonly mirrored?: Examples | undefined;
  /** What the features are made of; a fit to something else heeds it not. */
  readonly parts: readonly PlannedPart[];
  readonly random: Random;
  /** Of the study; a fit's own checkpoints are gone when it ends. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/** Fits a head, or with `fit` another network, to some of the examples, quietly. */
export async function fitPart(
  examples: Examples,
  { train, validation, test }: Part,
  { options, classes, parts, mirrored, random, folder, signal }: PartContext,
  fit: Fit = trainHead,
): Promise<Trained> {
  const checkpointFolder = fs.mkdtempSync(path.join(folder, 'finetune-fit-'));
  const select = (from: Examples) => ({
    train: selectExamples(from, train),
    validation: selectExamples(from, validation),
    test: selectExamples(from, test),
  });
  const data = { ...select(examples), ...(mirrored && { mirrored: select(mirrored) }), classes, parts };
  try {
    return await fit(data, options, { random, checkpointFolder, hooks: signal ? { signal } : {} });
  } finally {
    fs.rmSync(checkpointFolder, { recursive: true, force: true });
  }
}

/** Of the judged pictures, in order, which the network got right; as digits, so that a journal's line stays short. */
export function rightAnswers(
  { testProbabilities }: Pick<Trained, 'testProbabilities'>,
  labels: readonly number[],
): string {
  return testProbabilities.map((row, i) => (predictedClass(row) === labels[i] ? '1' : '0')).join('');
}

export function asRight(digits: string): boolean[] {
  return [...digits].map((digit) => digit === '1');
}
