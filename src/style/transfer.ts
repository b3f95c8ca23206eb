import { breathe } from '../runtime/breathe.js';
import { minimise } from '../training/l-bfgs.js';
import type { StyleOptimiser } from './names.js';
import type { LossTerms, PictureValues, StyleLoss } from './style-loss.js';

/** One evaluation of the loss. */
export interface StyleStep extends LossTerms {
  /** From 1 on. */
  readonly step: number;
}

export interface TransferOptions {
  readonly optimiser: StyleOptimiser;
  /** Evaluations of loss and gradient. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of each step, with the best picture so far; waited for. */
  readonly onStep?: (step: StyleStep, best: PictureValues) => void | Promise<void>;
}

export interface Transferred {
  /** The picture of the lowest loss; its values may lie beyond 0 and 255. */
  readonly picture: PictureValues;
  readonly history: readonly StyleStep[];
  /** Whether the signal ended it before all steps were done. */
  readonly interrupted: boolean;
}

/** Adam's step, of 255. */
const adamRate = 4;

/** The root mean square of values, of 255, that L-BFGS changes by in its first step. */
const firstChange = 5;

/**
 * Changes a picture so that the loss falls. The same start gives the same picture.
 *
 * @param start is left as it is.
 */
export async function transfer(
  loss: StyleLoss,
  start: PictureValues,
  { optimiser, steps, signal, onStep }: TransferOptions,
): Promise<Transferred> {
  const { height, width } = start;
  const history: StyleStep[] = [];
  let best: PictureValues = start;
  let least = Infinity;
  const evaluate = async (values: Float32Array) => {
    await breathe(signal);
    const picture = { height, width, values };
    const { gradient, ...terms } = loss.evaluate(picture);
    if (terms.loss < least) [best, least] = [picture, terms.loss];
    const step = { step: history.length + 1, ...terms };
    history.push(step);
    await onStep?.(step, best);
    return { value: terms.loss, gradient };
  };
  try {
    await (optimiser === 'adam' ? byAdam : byLbfgs)(evaluate, start.values, steps);
  } catch (error) {
    // without a single step there is nothing to keep
    if (!signal?.aborted || history.length === 0) throw error;
    return { picture: best, history, interrupted: true };
  }
  return { picture: best, history, interrupted: false };
}

type Evaluate = (values: Float32Array) => Promise<{ value: number; gradient: Float32Array }>;

/** In units in which the first step, of length 1, changes values by `firstChange`. */
async function byLbfgs(evaluate: Evaluate, start: Float32Array, steps: number): Promise<void> {
  const unit = firstChange * Math.sqrt(start.length);
  const scaled = async (point: Float64Array) => {
    const { value, gradient } = await evaluate(Float32Array.from(point, (part) => part * unit));
    return { value, gradient: Float64Array.from(gradient, (slope) => slope * unit) };
  };
  const point = Float64Array.from(start, (value) => value / unit);
  await minimise(scaled, point, { tolerance: 0, maximumEvaluations: steps });
}

/** Kingma & Ba 2015, algorithm 1. */
async function byAdam(evaluate: Evaluate, start: Float32Array, steps: number): Promise<void> {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const values = Float32Array.from(start);
  const mean = new Float32Array(values.length);
  const square = new Float32Array(values.length);
  for (let step = 1; step <= steps; step++) {
    const { gradient } = await evaluate(values.slice());
    const [bias1, bias2] = [1 - beta1 ** step, 1 - beta2 ** step];
    for (let i = 0; i < values.length; i++) {
      const slope = gradient[i]!;
      mean[i] = beta1 * mean[i]! + (1 - beta1) * slope;
      square[i] = beta2 * square[i]! + (1 - beta2) * slope * slope;
      values[i]! -= (adamRate * (mean[i]! / bias1)) / (Math.sqrt(square[i]! / bias2) + epsilon);
    }
  }
}
