import type { Examples } from '../features/examples.js';
import { foldCount, priorVariances } from '../training/cross-validation.js';
import { trainHead } from '../training/train-head.js';
import { trainLenetBaseline } from '../training/lenet-baseline.js';
import { type TrainingOptions, trainingOptions } from '../training/options.js';
import { sizeOf } from '../formats/tensors.js';

/** What is fitted: a head on stored features, or LeNet-5 to small pictures. */
export type FittedNetwork = 'head' | 'lenet5';

export const fitters = { head: trainHead, lenet5: trainLenetBaseline } as const;

/** Of a run's options those that a fit heeds: they are the same wherever its pictures lie. */
export function fitOptions(options: TrainingOptions): TrainingOptions {
  const heeded = Object.entries(options).filter(([name]) => name in trainingOptions || name === 'effort');
  return Object.fromEntries(heeded) as unknown as TrainingOptions;
}

/** Evaluations of loss and gradient that a regression takes, about; one that begins on a path of strengths, see `StrengthPath`, few. */
const [usualEvaluations, evaluationsOnPath] = [30, 4];

/**
 * About how many multiply-adds a fit is, so that many small ones can be handed out together. What is trained in steps
 * counts as endless: the steps themselves take the time, not the arithmetic in them.
 *
 * @param onPath whether fits begin where others, that are made for many of them and not counted here, foretell that they
 *   end.
 */
export function headWork(
  { head, solver, weightDecay }: TrainingOptions,
  { size, shape }: Examples,
  classes: number,
  onPath = false,
): number {
  const once = size * sizeOf(shape) * classes;
  if (head === 'prototypes') return once;
  if (solver !== 'exact') return Number.POSITIVE_INFINITY;
  const strengths = weightDecay === 'auto' ? priorVariances.length : 1;
  return 2 * (onPath ? evaluationsOnPath : usualEvaluations) * foldCount * strengths * once;
}
