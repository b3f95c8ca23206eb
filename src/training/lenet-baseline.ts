import { lenet5 } from '../models/lenet5.js';
import type { Examples } from '../features/examples.js';
import type { Trained } from './trained.js';
import type { TrainingOptions } from './options.js';
import { fitTwice } from './fit-twice.js';
import { randomWeights, type TrainingContext, type TrainingJob } from './training-job.js';

/**
 * Trains LeNet-5 from scratch on the same pictures in the same order, as the yardstick for what the pretrained base
 * brings: 32×32 as in the paper, three channels because the pictures have colours. The validation pictures decide
 * when to stop; then it is trained for as many epochs on all but the held-out pictures, as the head is.
 */
export async function trainLenetBaseline(
  data: { train: Examples; validation: Examples; test: Examples; classes: number },
  options: TrainingOptions,
  context: TrainingContext,
): Promise<Trained> {
  const network = lenet5({ classes: data.classes, channels: data.train.shape[2]! });
  const job: TrainingJob = {
    name: 'LeNet-5',
    network,
    classes: data.classes,
    epochs: options.baselineEpochs,
    learningRate: 0.001,
    patience: options.patience ?? 15,
    options: { ...options, optimiser: 'adam', schedule: 'cosine' },
    ...context,
  };
  const initial = randomWeights(job);
  const settings = { weightDecay: 1e-4, name: 'lenet5' };
  return fitTwice(job, { measured: initial, final: initial }, data, settings);
}
