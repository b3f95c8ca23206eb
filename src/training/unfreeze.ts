import { stack, type WeightedNetwork } from '../models/compose.js';
import { cutAt, wholeNetwork } from '../models/cut-points.js';
import { outputOf } from '../models/network.js';
import { ownWeights } from '../models/network-weights.js';
import type { Examples } from '../features/examples.js';
import { throughNetwork } from './through-network.js';
import type { Weights } from '../formats/tensors.js';
import { trainHead } from './train-head.js';
import type { HeadData, Trained } from './trained.js';
import type { TrainingOptions } from './options.js';
import { augmentationOf } from '../data/augmentation/kinds.js';
import { fitTwice } from './fit-twice.js';
import { layerRates } from './layer-rates.js';
import { steppedJob, type TrainingContext, type TrainingJob } from './training-job.js';

/** The part of a base that is trained. */
export interface Suffix extends WeightedNetwork {
  /** Layers of it that stay as they are: see `Cut`. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Cuts a base with its weights as `cutAt` cuts networks: what lies below stays frozen, the rest can be trained.
 *
 * @throws UserError when there is no such layer, or nothing to train from there on.
 */
export function cutBefore(
  { network, weights }: WeightedNetwork,
  from: string,
): { frozen: WeightedNetwork; suffix: Suffix } {
  const { below, above, kept } = cutAt(network, from);
  return {
    frozen: { network: below, weights: ownWeights(below, weights) },
    suffix: { network: above, weights: ownWeights(above, weights), kept },
  };
}

/** What a network is called that was trained from a layer on. */
export function unfrozenTitle(base: string, unfreeze: string): string {
  return unfreeze === wholeNetwork ? `${base} wholly unfrozen` : `${base} from ${unfreeze}`;
}

/**
 * Fine-tunes the upper part of a base together with a head: first the head is trained on the frozen base, solved exactly
 * where it is linear, then both with a low learning rate, without weight decay. A head that is right already pulls the
 * features it reads less out of shape (Kumar et al., "Fine-tuning can distort pretrained features", 2022). The frozen
 * part's activations are all that is needed: it is never run again. Batch norms keep their stored statistics; their gamma
 * and beta learn.
 *
 * @param data the frozen part's activations.
 */
export async function trainUnfrozen(
  data: HeadData,
  suffix: Suffix,
  { name, ...context }: TrainingContext & { name: string },
  options: TrainingOptions,
): Promise<{ tuned: Trained; head: Trained }> {
  const head = await headOnFrozen(data, suffix, context, options);
  const { job, initial } = unfrozenJob(data.classes, suffix, head, { ...context, name }, options);
  const tuned = await fitTwice(job, initial, data, {
    weightDecay: 0,
    name: 'unfrozen',
    secondsBefore: head.seconds,
  });
  return { tuned, head };
}

/** The head that unfrozen layers begin with. */
export function headOnFrozen(
  data: HeadData,
  suffix: WeightedNetwork,
  context: TrainingContext,
  options: TrainingOptions,
): Promise<Trained> {
  const pooled = (examples: Examples) => throughNetwork(examples, suffix, options.batchSize);
  const { train, validation, test } = data;
  const features = { train: pooled(train), validation: pooled(validation), test: pooled(test) };
  return trainHead({ ...data, ...features }, options, context);
}

/** What `trainUnfrozen` trains after the head. */
export function unfrozenJob(
  classes: number,
  suffix: Suffix,
  head: Trained,
  context: TrainingContext & { name: string },
  options: TrainingOptions,
): { job: TrainingJob; initial: { measured: Weights; final: Weights } } {
  const joint = outputOf(suffix.network).name;
  const { network, weights: measured } = stack(suffix, joint, head.measuredClassifier);
  const job = steppedJob({
    network,
    classes,
    epochs: options.unfreezeEpochs,
    learningRate: options.unfreezeLearningRate,
    patience: options.patience ?? 3,
    options,
    mixup: augmentationOf(options.augment).mixup,
    rateFlag: '--unfreeze-learning-rate',
    trainer: { kept: suffix.kept, rateOf: layerRates(suffix.network, options.layerRateDecay) },
    ...context,
  });
  return { job, initial: { measured, final: stack(suffix, joint, head.classifier).weights } };
}
