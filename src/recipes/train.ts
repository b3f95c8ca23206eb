import type { Network } from '../models/network.js';
import type { Random } from '../runtime/random.js';
import { fitWithCheckpoint } from '../training/checkpoint.js';
import { balancedClassWeights, type Examples, joinExamples } from '../training/examples.js';
import { evaluateExamples, type FitOptions, type FitResult, predictExamples } from '../training/fit.js';
import { Trainer } from '../training/trainer.js';
import type { Weights } from '../weights/tensors.js';
import type { ResolvedOptions } from './options.js';
import { type Hooks, Interrupted } from './progress.js';

/** A network to train, with all that its training depends on. */
export interface TrainingJob {
  /** For people and for the checkpoint's name. */
  readonly name: string;
  readonly network: Network;
  /** What to start from, given the examples that will train. */
  readonly initial: (train: Examples, random: Random) => Weights;
  readonly train: Examples;
  readonly validation: Examples;
  /** Held out: only looked at once, when all is decided. */
  readonly test: Examples;
  readonly classes: number;
  readonly epochs: number;
  /** Of the first epoch. */
  readonly learningRate: number;
  /** Epochs without a lower validation loss before training stops; undefined: all epochs are trained. */
  readonly patience: number | undefined;
  readonly options: ResolvedOptions;
  readonly random: Random;
  readonly checkpointFolder: string;
  readonly hooks: Hooks;
}

/** Trains on the training pictures, measuring the validation pictures after every epoch. */
export async function trainOnce(
  job: TrainingJob,
  settings: { weightDecay: number; name: string; quiet?: boolean },
): Promise<{ result: FitResult; validationRight: boolean[] }> {
  const { train, validation } = job;
  return withTrainer(job, train, async (trainer) => {
    const result = await run(job, trainer, train, validation, { ...settings, epochs: job.epochs });
    trainer.load(result.weights);
    const validationRight = evaluateExamples(trainer, validation, job.options.batchSize).right;
    return { result, validationRight };
  });
}

/**
 * Trains once more, on training and validation pictures together, for as many epochs as were best: a seventh more
 * pictures, worth up to a point of accuracy on small folders. Nothing is chosen here.
 */
export async function trainOnAll(
  job: TrainingJob,
  settings: { weightDecay: number; epochs: number; name: string },
): Promise<{ result: FitResult; testProbabilities: number[][]; trainableParameters: number }> {
  const all = joinExamples(job.train, job.validation);
  return withTrainer(job, all, async (trainer) => {
    const result = await run(job, trainer, all, undefined, settings);
    trainer.load(result.weights);
    return {
      result,
      testProbabilities: predictExamples(trainer, job.test, job.options.batchSize),
      trainableParameters: trainer.trainableParameters,
    };
  });
}

async function withTrainer<T>(
  job: TrainingJob,
  train: Examples,
  work: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const { options, network, random } = job;
  const trainer = new Trainer(network, job.initial(train, random.fork('initial weights')), {
    optimiser: options.optimiser,
    momentum: options.momentum,
    labelSmoothing: options.labelSmoothing,
    batchSize: options.batchSize,
  });
  try {
    return await work(trainer);
  } finally {
    trainer.dispose();
  }
}

async function run(
  job: TrainingJob,
  trainer: Trainer,
  train: Examples,
  validation: Examples | undefined,
  settings: { weightDecay: number; epochs: number; name: string; quiet?: boolean },
): Promise<FitResult> {
  const { options, hooks, random } = job;
  const { onProgress, signal } = settings.quiet ? { ...hooks, onProgress: undefined } : hooks;
  const fitOptions: FitOptions = {
    epochs: settings.epochs,
    scheduledEpochs: job.epochs,
    batchSize: options.batchSize,
    learningRate: job.learningRate,
    schedule: options.schedule,
    weightDecay: settings.weightDecay,
    patience: (validation && job.patience) ?? Number.POSITIVE_INFINITY,
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
    onEpoch: (record) => onProgress?.({ kind: 'epoch', network: job.name, epochs: settings.epochs, record }),
  });
  if (result.interrupted) throw new Interrupted(`Training ${job.name} was interrupted.`);
  return result;
}
