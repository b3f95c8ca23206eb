import type { EpochRecord } from '../runtime/progress.js';
import { UserError } from '../runtime/errors.js';
import type { Random } from '../runtime/random.js';
import type { Weights } from '../formats/tensors.js';
import { batches, type Examples } from '../features/examples.js';
import { type LearningRateSchedule, learningRateAt, warmth } from './schedule.js';
import type { Trainer, TrainingState } from './trainer.js';

export interface FitOptions {
  readonly epochs: number;
  /** Of the first epoch; the schedule takes it from there. */
  readonly learningRate: number;
  readonly schedule: LearningRateSchedule;
  /** The epochs that the schedule is made for; by default `epochs`. */
  readonly scheduledEpochs?: number;
  /** See Trainer: how strongly kernels are pulled towards 0. */
  readonly weightDecay: number;
  /** What an example of each class counts; absent: all the same. */
  readonly classWeights?: readonly number[];
  /** Epochs without a lower validation loss before training stops; Infinity: all epochs are trained. */
  readonly patience: number;
  /** Epochs, or parts of one, in which the learning rate rises step by step to what the schedule says; 0 unless told. */
  readonly warmUp?: number;
  /** The α of mixup; without, nothing is mixed. */
  readonly mixup?: number;
  /** What the user would lower if training diverged; `--learning-rate` unless told. */
  readonly rateFlag?: string;
}

export interface FitProgress {
  readonly history: readonly EpochRecord[];
  readonly state: TrainingState;
  readonly best:
    { readonly epoch: number; readonly validationLoss: number; readonly weights: Weights } | undefined;
}

export interface FitResult {
  /** With a finite patience those of the epoch with the lowest validation loss, else those of the last epoch. */
  readonly weights: Weights;
  readonly bestEpoch: number;
  readonly history: readonly EpochRecord[];
  /** Whether training was interrupted before its last epoch. */
  readonly interrupted: boolean;
}

export interface FitInput {
  readonly trainer: Trainer;
  readonly train: Examples;
  readonly validation?: Examples;
  /** Order of the pictures and dropout masks: epoch by epoch a stream of its own, so that a resumed run repeats. */
  readonly random: Random;
  readonly options: FitOptions;
  /** Where an earlier, interrupted fit had got to. */
  readonly resume?: FitProgress;
  readonly onBatch?: (done: {
    epoch: number;
    batch: number;
    batches: number;
    examples: number;
    loss: number;
    accuracy: number;
  }) => void;
  /** After every epoch; `progress` is what `resume` takes. */
  readonly onEpoch?: (record: EpochRecord, progress: () => FitProgress) => void | Promise<void>;
  /** Ends training after the current batch; what has been learned until then is kept. */
  readonly signal?: AbortSignal;
}

/**
 * Trains until the epochs are over, the validation loss has not fallen for `patience` epochs, or `signal` fires.
 *
 * @throws UserError when the loss is no longer a number.
 */
export async function fit(input: FitInput): Promise<FitResult> {
  const { trainer, train, validation, random, options, resume, signal } = input;
  const history: EpochRecord[] = [...(resume?.history ?? [])];
  let best = resume?.best;
  if (resume) trainer.restore(resume.state);
  const progress = (): FitProgress => ({ history: [...history], state: trainer.state(), best });
  let interrupted = false;

  for (let epoch = history.length + 1; epoch <= options.epochs; epoch++) {
    if (best && epoch - 1 - best.epoch >= options.patience) break;
    const started = performance.now();
    const learningRate = learningRateAt(
      options.schedule,
      options.learningRate,
      epoch - 1,
      options.scheduledEpochs ?? options.epochs,
    );
    const epochRandom = random.fork(`epoch ${epoch}`);
    const total = Math.ceil(train.size / trainer.options.batchSize);
    let loss = 0;
    let correct = 0;
    let seen = 0;
    let done = 0;
    const order = batches(train, trainer.options.batchSize, {
      random: epochRandom,
      ...(options.classWeights && { classWeights: options.classWeights }),
      filled: trainer.options.batchStatistics ?? false,
      mixup: options.mixup,
    });
    for (const group of grouped(order, trainer.stepsAtOnce)) {
      const seeds = group.map(() => [epochRandom.below(2 ** 31), epochRandom.below(2 ** 31)] as const);
      const warm = warmth((epoch - 1) * total + done, (options.warmUp ?? 0) * total);
      const steps = trainer.steps(group, {
        learningRate: warm * learningRate,
        weightDecay: options.weightDecay,
        seeds,
      });
      for (const [i, step] of steps.entries()) {
        if (!Number.isFinite(step.loss)) {
          throw new UserError(
            `Training diverged in epoch ${epoch}: the loss is ${step.loss}. Try a lower ${options.rateFlag ?? '--learning-rate'} than ${options.learningRate}.`,
          );
        }
        const { count } = group[i]!;
        loss += step.loss * count;
        correct += step.correct;
        seen += count;
      }
      done += group.length;
      input.onBatch?.({
        epoch,
        batch: done,
        batches: total,
        examples: seen,
        loss: loss / seen,
        accuracy: correct / seen,
      });
      await letOthersRun();
      if (signal?.aborted) break;
    }
    if (signal?.aborted) {
      interrupted = true;
      break;
    }
    const checked = validation && evaluateExamples(trainer, validation);
    const record: EpochRecord = {
      epoch,
      loss: loss / seen,
      accuracy: correct / seen,
      ...(checked && { validationLoss: checked.loss, validationAccuracy: checked.accuracy }),
      learningRate,
      seconds: (performance.now() - started) / 1000,
    };
    history.push(record);
    if (
      checked &&
      options.patience < Number.POSITIVE_INFINITY &&
      checked.loss < (best?.validationLoss ?? Infinity)
    ) {
      best = { epoch, validationLoss: checked.loss, weights: trainer.weights() };
    }
    await input.onEpoch?.(record, progress);
  }
  return {
    weights: best?.weights ?? trainer.weights(),
    bestEpoch: best?.epoch ?? history.length,
    history,
    interrupted,
  };
}

/** Mean loss (without smoothing or class weights) and share of right answers over all examples. */
export function evaluateExamples(
  trainer: Trainer,
  examples: Examples,
): { loss: number; accuracy: number; right: boolean[] } {
  const right: boolean[] = [];
  let loss = 0;
  for (const batch of batches(examples, trainer.options.batchSize)) {
    const result = trainer.evaluate(batch);
    loss += result.losses.reduce((sum, each) => sum + each, 0);
    for (const one of result.right) right.push(one);
  }
  return { loss: loss / examples.size, accuracy: right.filter(Boolean).length / examples.size, right };
}

/** The probability of every class for every example: `examples.size` rows of `classes` values. */
export function predictExamples(trainer: Trainer, examples: Examples): number[][] {
  return [...batches(examples, trainer.options.batchSize)].flatMap((batch) => trainer.probabilities(batch));
}

/** The values, `size` at a time. */
function* grouped<T>(values: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const value of values) {
    group.push(value);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

/** Gives timers, signals and progress output their turn. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
