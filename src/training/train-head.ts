import { augmentationOf } from '../data/augmentation/kinds.js';
import { networkAfter } from '../models/network.js';
import { chooseSetting, weightDecayCandidates } from './choose.js';
import { type Examples, heldInMemory, joinExamples } from '../features/examples.js';
import type { PlannedPart } from '../features/feature-plan.js';
import { fitBestHead, fitsBestHead } from './best-head.js';
import { fitExactHead, fitsExactSolver } from './exact-head.js';
import { fitPrototypeHead } from './prototype-head.js';
import { buildHead } from './heads.js';
import { type HeadData, partsOf, type Trained } from './trained.js';
import { standardiseLayer } from './head-names.js';
import { featureStatistics, standardiser } from './standardise.js';
import { placed } from './choose-features.js';
import type { Trainer } from './trainer.js';
import type { Weights } from '../formats/tensors.js';
import type { TrainingOptions } from './options.js';
import {
  fitFinal,
  fitMeasured,
  type MeasuredFit,
  randomWeights,
  type TrainingContext,
  type TrainingJob,
  withTrainer,
} from './training-job.js';

/** Whether no class has two pictures: a fit without one of them would not know its class. */
function areAllAlone(labels: readonly number[]): boolean {
  return new Set(labels).size === labels.length;
}

/**
 * Trains a new head on the base's features: the validation pictures choose the weight decay, then the head is
 * trained once more on all but the held-out pictures.
 */
export async function trainHead(
  data: HeadData,
  options: TrainingOptions,
  context: TrainingContext,
): Promise<Trained> {
  const { train, validation, test, classes } = data;
  if (options.head === 'prototypes') return fitPrototypeHead(data, options, context);
  if (options.solver === 'exact') {
    if (options.weightDecay === 'auto' && areAllAlone([...train.labels, ...validation.labels])) {
      const message =
        'With one picture a class nothing can be left out to choose by: each class is the picture that it has';
      context.hooks.onProgress?.({ kind: 'note', message });
      return fitPrototypeHead(data, options, context);
    }
    if (options.effort === 'best') {
      if (fitsBestHead(train.size + validation.size)) return fitBestHead(data, options, context);
      const message = 'Of so many pictures no blend is searched for: the head is chosen as without --effort';
      context.hooks.onProgress?.({ kind: 'note', message });
    }
    const looks = 1 + (train.views?.length ?? 0);
    if (fitsExactSolver(looks * (train.size + validation.size), train.shape[0]!))
      return fitExactHead(data, options, context);
    const message =
      'So many features are trained on in steps: the exact solver would need them all in memory';
    context.hooks.onProgress?.({ kind: 'note', message });
  }
  const started = performance.now();
  const job = headJob(data, options, context);
  const initial = randomWeights(job);
  return withTrainer(job, initial, async (trainer) => {
    const parts = partsOf(data);
    const { weights: before, ...ready } = standardised(train, parts, { train, validation });
    const {
      weightDecay,
      result: measured,
      validationRight,
      temperature,
      calibration,
    } = await chooseWeightDecay(job, trainer, { initial, ...ready });
    const all = joinExamples(train, validation);
    const scale = train.size / all.size;
    const { weights: statistics, ...last } = standardised(all, parts, { train: all, test });
    const { result: final, testProbabilities } = await fitFinal(
      job,
      trainer,
      { initial, ...last },
      {
        // the prior stays, the pictures have become more
        weightDecay: options.weightDecay === 'auto' ? weightDecay * scale : weightDecay,
        epochs: measured.bestEpoch,
        temperature,
        name: 'head',
      },
    );
    const network = buildHead(options.head, train.shape[0]!, classes, options.dropout);
    return {
      classifier: { network, weights: new Map([...statistics, ...final.weights]) },
      measuredClassifier: { network, weights: new Map([...before, ...measured.weights]) },
      parts,
      scaling: 'each',
      weightDecay,
      temperature,
      measured,
      testProbabilities,
      trainableParameters: trainer.trainableParameters,
      validationRight,
      calibration,
      seconds: (performance.now() - started) / 1000,
    };
  });
}

/** What `trainHead` trains in steps: what comes after the layer 'standardise'. */
export function headJob(
  { train, classes }: HeadData,
  options: TrainingOptions,
  context: TrainingContext,
): TrainingJob {
  const network = buildHead(options.head, train.shape[0]!, classes, options.dropout);
  return {
    name: `${options.head} head`,
    network: networkAfter(network, standardiseLayer),
    classes,
    epochs: options.epochs,
    // the linear head's loss is convex: a large step is safe, and a few dozen pictures make few steps an epoch
    learningRate: options.learningRate ?? (options.head === 'linear' ? 0.01 : 0.001),
    patience: options.patience ?? (options.head === 'linear' ? undefined : 15),
    options,
    mixup: augmentationOf(options.augment).mixup,
    ...context,
  };
}

/** Parts of the data as they come out of the layer 'standardise', with its weights as measured on `train`. */
export function standardised<Part extends string>(
  train: Examples,
  parts: readonly PlannedPart[],
  data: Record<Part, Examples>,
): Record<Part, Examples> & { weights: Weights } {
  const { weights, apply } = standardiser(featureStatistics(train), placed(parts));
  const ready = Object.entries<Examples>(data).map(([part, examples]) => [
    part,
    heldInMemory(apply(examples)),
  ]);
  return { ...(Object.fromEntries(ready) as Record<Part, Examples>), weights };
}

/**
 * Tries the weight decays that the options allow and lets the validation pictures choose: all of them as they are after
 * the same steps.
 */
async function chooseWeightDecay(
  job: TrainingJob,
  trainer: Trainer,
  data: { initial: Weights; train: Examples; validation: Examples },
): Promise<{ weightDecay: number } & MeasuredFit> {
  const fitWith = async (weightDecay: number, trial: boolean) => {
    const name = `head ${trial ? 'trial' : 'measured'} ${weightDecay.toPrecision(3)}`;
    return { weightDecay, ...(await fitMeasured(job, trainer, data, { weightDecay, name, trial })) };
  };
  const asked = job.options.weightDecay;
  if (asked !== 'auto') return fitWith(asked, false);
  const { usual, others } = weightDecayCandidates(data.train.size);
  const tried = async (weightDecay: number) => {
    const { validationRight } = await fitWith(weightDecay, true);
    return { setting: weightDecay, right: validationRight };
  };
  const first = await fitWith(usual, false);
  // Its trial is the beginning of the fit just made, unless that went on from a checkpoint after it.
  const { comparedRight } = first;
  const candidate = comparedRight ? { setting: usual, right: comparedRight } : await tried(usual);
  const trials = [];
  for (const weightDecay of others) trials.push(await tried(weightDecay));
  const { setting: weightDecay } = chooseSetting(candidate, trials);
  const why = weightDecay === usual ? 'the usual one: none' : 'chosen: it';
  const message = `Weight decay ${weightDecay.toPrecision(2)}, ${why} of ${1 + trials.length} did better on the validation pictures beyond chance`;
  job.hooks.onProgress?.({ kind: 'note', message });
  return weightDecay === usual ? first : fitWith(weightDecay, false);
}
