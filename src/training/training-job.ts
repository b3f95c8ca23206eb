import { predictedClass } from '../evaluation/predictions.js';
import type { Network } from '../models/network.js';
import type { Random } from '../runtime/random.js';
import { fitWithCheckpoint } from './checkpoint.js';
import { balancedClassWeights, type Examples } from '../features/examples.js';
import { type FitOptions, type FitResult, predictExamples } from './fit.js';
import { initialWeights } from './initialise.js';
import { fitTemperature, withTemperature } from './temperature.js';
import { settled } from './settle.js';
import type { Calibration } from './trained.js';
import { Trainer, type TrainerOptions } from './trainer.js';
import type { Weights } from '../formats/tensors.js';
import type { TrainingOptions } from './options.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';

/** What all training of one run shares. */
export interface TrainingContext {
  readonly random: Random;
  readonly checkpointFolder: string;
  readonly hooks: Hooks;
}

/** A network to train, with all that its training depends on besides the examples. */
export interface TrainingJob extends TrainingContext {
  /** For people and for the checkpoint's name. */
  readonly name: string;
  readonly network: Network;
  readonly classes: number;
  readonly epochs: number;
  /** Of the first epoch. */
  readonly learningRate: number;
  /** Epochs without a lower validation loss before training stops; undefined: all epochs are trained. */
  readonly patience: number | undefined;
  readonly options: TrainingOptions;
  /** What else of `TrainerOptions` the network is trained with. */
  readonly trainer?: Partial<Omit<TrainerOptions, 'optimiser' | 'momentum' | 'labelSmoothing' | 'batchSize'>>;
  /** Epochs in which the learning rate rises from 0; none unless told. */
  readonly warmUp?: number;
  /** Whether examples are blended in pairs. */
  readonly mixup?: boolean;
  /** What the user would lower if training diverged. */
  readonly rateFlag?: string;
}

/** The α of `mixup`: within what its paper found good (0.1 to 0.4). */
export const mixupAlpha = 0.2;

/** A job that heeds what the options say of layers of the base that are trained in steps. */
export function steppedJob(job: TrainingJob): TrainingJob {
  const { options } = job;
  return {
    ...job,
    warmUp: options.warmUp,
    trainer: {
      ...job.trainer,
      clipNorm: options.clipNorm,
      ...(options.averageWeights > 0 && { averaging: options.averageWeights }),
    },
  };
}

export interface FitSettings {
  /** Of the checkpoint. */
  readonly name: string;
  readonly weightDecay: number;
  /**
   * One of several settings that are tried: nothing is shown, and without early stopping it ends after
   * `comparedAfter` epochs and validation is measured only then.
   */
  readonly trial?: boolean;
}

/** Enough for a linear head to show what a weight decay does; the one that is chosen gets all epochs. */
const trialSteps = 600;

/** After how many epochs settings are compared, all of them: what early stopping ends is compared at its end. */
export function comparedAfter({ epochs, patience, options }: TrainingJob, train: Examples): number {
  if (patience !== undefined) return epochs;
  return Math.min(epochs, Math.ceil(trialSteps / Math.ceil(train.size / options.batchSize)));
}

/** Random weights for a network that is trained from scratch. */
export function randomWeights({ network, random }: TrainingJob): Weights {
  return initialWeights(network, random.fork('initial weights'));
}

/** Makes the compiled training steps of a job's network, which all its fits share. */
export async function withTrainer<T>(
  job: TrainingJob,
  initial: Weights,
  work: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const { optimiser, momentum, labelSmoothing, batchSize } = job.options;
  const settings = { optimiser, momentum, labelSmoothing, batchSize, mixes: job.mixup === true };
  const trainer = new Trainer(job.network, initial, { ...settings, ...job.trainer });
  try {
    return await work(trainer);
  } finally {
    trainer.dispose();
  }
}

/** What the validation examples say of a fit. */
export interface MeasuredFit {
  readonly result: FitResult;
  readonly validationRight: boolean[];
  /**
   * The same after `comparedAfter` epochs, where a trial of these settings would have ended; undefined when the fit
   * went on from a checkpoint beyond them.
   */
  readonly comparedRight: boolean[] | undefined;
  /** How sure the classifier may be. */
  readonly temperature: number;
  readonly calibration: Calibration;
}

/** Trains on the training examples, measuring the validation examples after every epoch. */
export async function fitMeasured(
  job: TrainingJob,
  trainer: Trainer,
  { initial, train, validation }: { initial: Weights; train: Examples; validation: Examples },
  settings: FitSettings,
): Promise<MeasuredFit> {
  trainer.reset(initial);
  const compared = comparedAfter(job, train);
  const short = settings.trial === true && job.patience === undefined;
  const epochs = short ? compared : job.epochs;
  const watched = short ? undefined : validation;
  const isRight = (row: readonly number[], i: number) => predictedClass(row) === validation.labels[i];
  let midway: boolean[] | undefined;
  const onEpoch = (epoch: number) => {
    if (epoch === compared && epoch < epochs) midway = predictExamples(trainer, validation).map(isRight);
  };
  const fitted = await run({ ...job, epochs }, trainer, train, watched, { ...settings, epochs, onEpoch });
  const result = await kept(job, trainer, train, fitted);
  const probabilities = predictExamples(trainer, validation);
  const validationRight = probabilities.map(isRight);
  const temperature = fitTemperature(probabilities, validation.labels);
  return {
    result,
    validationRight,
    comparedRight: compared < epochs ? midway : validationRight,
    temperature,
    calibration: {
      probabilities: probabilities.map((row) => withTemperature(row, temperature)),
      labels: validation.labels,
    },
  };
}

/**
 * Trains for a known number of epochs, then looks at the held-out examples, once. Given training and validation
 * pictures together: a seventh more pictures, worth up to a point of accuracy on small folders. Nothing is chosen
 * here.
 */
export async function fitFinal(
  job: TrainingJob,
  trainer: Trainer,
  { initial, train, test }: { initial: Weights; train: Examples; test: Examples },
  settings: FitSettings & { epochs: number; temperature: number },
): Promise<{ result: FitResult; testProbabilities: number[][] }> {
  trainer.reset(initial);
  const result = await kept(job, trainer, train, await run(job, trainer, train, undefined, settings));
  const testProbabilities = predictExamples(trainer, test).map((row) =>
    withTemperature(row, settings.temperature),
  );
  return { result, testProbabilities };
}

/** What a fit has come to, ready to be asked: the trainer has taken it up. */
async function kept(
  { name, random, hooks }: TrainingJob,
  trainer: Trainer,
  train: Examples,
  result: FitResult,
): Promise<FitResult> {
  trainer.reset(result.weights);
  if (!trainer.mixesStatistics) return result;
  try {
    const weights = await settled(trainer, train, {
      random: random.fork('statistics'),
      signal: hooks.signal,
    });
    trainer.reset(weights);
    return { ...result, weights };
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted(`Training ${name} was interrupted.`);
    throw error;
  }
}

async function run(
  job: TrainingJob,
  trainer: Trainer,
  train: Examples,
  validation: Examples | undefined,
  settings: FitSettings & { epochs: number; onEpoch?: (epoch: number) => void },
): Promise<FitResult> {
  const { options, hooks, random } = job;
  const { onProgress, signal } = settings.trial ? { ...hooks, onProgress: undefined } : hooks;
  const fitOptions: FitOptions = {
    epochs: settings.epochs,
    scheduledEpochs: job.epochs,
    learningRate: job.learningRate,
    schedule: options.schedule,
    weightDecay: settings.weightDecay,
    patience: (validation && job.patience) ?? Number.POSITIVE_INFINITY,
    ...(job.warmUp && { warmUp: job.warmUp }),
    ...(job.mixup && { mixup: mixupAlpha }),
    ...(job.rateFlag && { rateFlag: job.rateFlag }),
    ...(options.classWeights === 'balanced' && {
      classWeights: balancedClassWeights(train.labels, job.classes),
    }),
  };
  const started = performance.now();
  let seenBefore = 0;
  const result = await fitWithCheckpoint(job.checkpointFolder, settings.name, {
    trainer,
    train,
    ...(validation && { validation }),
    random: random.fork('order and dropout'),
    options: fitOptions,
    ...(signal && { signal }),
    onDamaged: (reason) =>
      hooks.onProgress?.({
        kind: 'warning',
        message: `The checkpoint of ${job.name} cannot be used, so this part begins anew: ${reason}`,
      }),
    onBatch: ({ epoch, batch, batches, examples, loss, accuracy }) => {
      if (batch === batches) seenBefore += examples;
      const seen = batch === batches ? seenBefore : seenBefore + examples;
      onProgress?.({
        kind: 'batch',
        network: job.name,
        epoch,
        epochs: settings.epochs,
        batch,
        batches,
        loss,
        accuracy,
        picturesPerSecond: (1000 * seen) / (performance.now() - started),
      });
    },
    onEpoch: (record) => {
      settings.onEpoch?.(record.epoch);
      onProgress?.({ kind: 'epoch', network: job.name, epochs: settings.epochs, record });
    },
  });
  if (result.interrupted) throw new Interrupted(`Training ${job.name} was interrupted.`);
  return result;
}
