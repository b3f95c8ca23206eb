import { stack, type WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { augmentationOf } from '../data/augmentation/kinds.js';
import { fitTwice } from './fit-twice.js';
import { initialWeights } from './initialise.js';
import type { TrainingOptions } from './options.js';
import type { HeadData, Trained } from './trained.js';
import { steppedJob, type TrainingContext, type TrainingJob } from './training-job.js';

/** What a network from scratch is regularised with unless told: as the baseline is. */
const usualWeightDecay = 1e-4;

/**
 * A whole network and a linear classifier on top of it, trained from random weights (He et al. 2015): all of it learns
 * at one rate, batch norms learn their statistics from the batches.
 *
 * @param data inputs of `base`. @param base with the random weights that it begins with.
 */
export async function trainFromScratch(
  data: HeadData,
  base: WeightedNetwork,
  context: TrainingContext & { name: string },
  options: TrainingOptions,
): Promise<Trained> {
  const { job, initial } = scratchJob(data.classes, base, context, options);
  const weightDecay = options.weightDecay === 'auto' ? usualWeightDecay : options.weightDecay;
  return fitTwice(job, { measured: initial, final: initial }, data, { weightDecay, name: 'from scratch' });
}

/** What `trainFromScratch` trains. */
export function scratchJob(
  classes: number,
  base: WeightedNetwork,
  context: TrainingContext & { name: string },
  options: TrainingOptions,
): { job: TrainingJob; initial: WeightedNetwork['weights'] } {
  const joint = outputOf(base.network);
  const net = new NetworkBuilder('classifier', [...joint.shape]);
  net.dense('input', 'logits', { units: classes });
  const head = net.build();
  const weights = initialWeights(head, context.random.fork('head from scratch'));
  const { network, weights: initial } = stack(base, joint.name, { network: head, weights });
  const { mixup } = augmentationOf(options.augment);
  return {
    job: steppedJob({
      network,
      classes,
      epochs: options.epochs,
      learningRate: options.learningRate ?? 0.001,
      patience: options.patience ?? 15,
      options,
      mixup,
      trainer: { batchStatistics: true },
      ...context,
    }),
    initial,
  };
}
