import type { Random } from '../runtime/random.js';
import { chooseSetting, weightDecayCandidates } from '../training/choose.js';
import type { Examples } from '../training/examples.js';
import type { FitResult } from '../training/fit.js';
import { buildHead } from '../training/heads.js';
import { initialWeights } from '../training/initialise.js';
import { standardiseWeights } from '../training/standardise.js';
import type { ResolvedOptions } from './options.js';
import type { Hooks } from './progress.js';
import { type TrainingJob, trainOnAll, trainOnce } from './train.js';

/** A classifier that has learned the user's classes. */
export interface Trained {
  readonly job: TrainingJob;
  readonly weightDecay: number;
  /** The run in which the validation pictures were measured after every epoch: the learning curves. */
  readonly measured: FitResult;
  /** What is kept: trained on training and validation pictures together. */
  readonly final: FitResult;
  /** What the final network says of the held-out pictures: a row of probabilities each. */
  readonly testProbabilities: readonly (readonly number[])[];
  readonly trainableParameters: number;
  /** Which validation pictures the measured run got right. */
  readonly validationRight: readonly boolean[];
  readonly seconds: number;
}

/**
 * Trains a new head on the base's features: the validation pictures choose the weight decay, then the head is
 * trained once more on all but the held-out pictures.
 */
export async function trainHead(
  data: { train: Examples; validation: Examples; test: Examples; classes: number },
  options: ResolvedOptions,
  context: { random: Random; checkpointFolder: string; hooks: Hooks },
): Promise<Trained> {
  const started = performance.now();
  const network = buildHead(options.head, data.train.shape[0]!, data.classes, options.dropout);
  const job: TrainingJob = {
    name: `${options.head} head`,
    network,
    initial: (train, random) => new Map([...initialWeights(network, random), ...standardiseWeights(train)]),
    ...data,
    epochs: options.epochs,
    // the linear head's loss is convex: a large step is safe, and a few dozen pictures make few steps an epoch
    learningRate: options.learningRate ?? (options.head === 'linear' ? 0.01 : 0.001),
    patience: options.patience ?? (options.head === 'linear' ? undefined : 15),
    options,
    ...context,
  };
  const { usual, others } = weightDecayCandidates(data.train.size);
  const tried = options.weightDecay === 'auto' ? [usual, ...others] : [options.weightDecay];
  const runs = [];
  for (const weightDecay of tried) {
    const name = `head weight decay ${weightDecay.toPrecision(3)}`;
    const { result, validationRight } = await trainOnce(job, { weightDecay, name, quiet: runs.length > 0 });
    runs.push({ setting: { weightDecay, result }, right: validationRight });
  }
  const chosen = chooseSetting(runs[0]!, runs.slice(1));
  const { weightDecay, result: measured } = chosen.setting;
  if (tried.length > 1) {
    context.hooks.onProgress?.({
      kind: 'note',
      message: `Weight decay ${weightDecay.toPrecision(2)}, ${
        chosen === runs[0] ? 'the usual one: none' : 'chosen: it'
      } of ${tried.length} did better on the validation pictures beyond chance`,
    });
  }
  const scale = data.train.size / (data.train.size + data.validation.size);
  const last = await trainOnAll(job, {
    // the prior stays, the pictures have become more
    weightDecay: options.weightDecay === 'auto' ? weightDecay * scale : weightDecay,
    epochs: measured.bestEpoch,
    name: 'head',
  });
  return {
    job,
    weightDecay,
    measured,
    final: last.result,
    testProbabilities: last.testProbabilities,
    trainableParameters: last.trainableParameters,
    validationRight: chosen.right,
    seconds: (performance.now() - started) / 1000,
  };
}
