import { z } from 'zod';
import { UserError } from '../runtime/errors.js';
import { count, oneOf, option, positive, share } from '../runtime/option.js';
import { headNames } from './head-names.js';
import { optimiserNames } from './optimiser-names.js';
import { scheduleNames } from './schedule.js';

/** How heads, unfrozen layers and the baseline are trained. */
export const trainingOptions = {
  head: option(oneOf(headNames).default('linear'), {
    value: 'name',
    help: 'linear, or mlp: a hidden layer with dropout',
  }),
  solver: option(oneOf(['auto', 'exact', 'steps']).default('auto'), {
    value: 'name',
    help: 'of the linear head: exact (its one minimum, all choices by cross-validation) or steps (epoch by epoch)',
    defaultText: 'exact; steps with --head mlp, --unfreeze, or an option that only steps heed',
  }),
  epochs: option(count.default(100), { value: 'n', help: 'most epochs for the head' }),
  batchSize: option(count.max(4096).default(32), { value: 'n', help: 'pictures in a training step' }),
  learningRate: option(positive.max(10).optional(), {
    value: 'x',
    help: 'of the first epoch',
    defaultText: '0.01 for linear, 0.001 for mlp',
  }),
  schedule: option(oneOf(scheduleNames).default('cosine'), { value: 'name', help: 'cosine or constant' }),
  optimiser: option(oneOf(optimiserNames).default('adam'), { value: 'name', help: 'adam, adamw or sgd' }),
  momentum: option(share.default(0.9), { value: 'x', help: 'of sgd' }),
  weightDecay: option(z.union([z.literal('auto'), z.number().min(0)]).default('auto'), {
    value: 'x',
    help: 'a number, or auto: cross-validation chooses, with steps the validation pictures',
  }),
  labelSmoothing: option(share.default(0), {
    value: 'x',
    help: 'share of the target spread over all classes',
  }),
  classWeights: option(oneOf(['none', 'balanced']).default('none'), {
    value: 'how',
    help: 'none or balanced',
  }),
  patience: option(count.optional(), {
    value: 'n',
    help: 'epochs without a lower validation loss before stopping',
    defaultText: '15; linear head: never',
  }),
  dropout: option(share.default(0.5), { value: 'x', help: 'share of units that the mlp head drops' }),
  unfreeze: option(z.string().min(1).optional(), {
    value: 'layer',
    help: 'train the base too from this layer or block on, after the head',
    defaultText: 'all frozen',
  }),
  unfreezeEpochs: option(count.default(10), { value: 'n', help: 'most epochs for the unfrozen layers' }),
  unfreezeLearningRate: option(positive.max(10).default(1e-5), {
    value: 'x',
    help: 'of their first epoch',
  }),
  baseline: option(oneOf(['lenet5', 'none']).default('lenet5'), {
    value: 'name',
    help: 'lenet5 from scratch on the same split, or none',
  }),
  baselineEpochs: option(count.default(60), { value: 'n', help: 'most epochs for the baseline' }),
};

export type TrainingOptions = Omit<z.output<z.ZodObject<typeof trainingOptions>>, 'solver'> & {
  readonly solver: 'steps' | 'exact';
  /** With `best` the head is searched for: see `fitBestHead`. */
  readonly effort?: string;
};

/** What only training in steps heeds, as far as the head goes. */
export const stepOptions = [
  'epochs',
  'learningRate',
  'schedule',
  'optimiser',
  'momentum',
  'labelSmoothing',
] as const;

/** Exact, unless something is asked for that only steps heed. */
export function usualSolver(
  { head, unfreeze }: { readonly head?: string | undefined; readonly unfreeze?: string | undefined },
  given: Readonly<Record<string, unknown>>,
): TrainingOptions['solver'] {
  const asksForSteps = stepOptions.some((name) => given[name] !== undefined);
  return (head ?? 'linear') !== 'linear' || unfreeze || asksForSteps ? 'steps' : 'exact';
}

/**
 * The solver that was asked for; where it was left open exact, unless something else was asked for that only steps heed.
 *
 * @param given what was asked for, before defaults.
 * @throws UserError when the exact solver is asked for together with what it does not heed.
 */
export function solverFor(
  {
    head,
    solver,
    unfreeze,
  }: Pick<z.output<z.ZodObject<typeof trainingOptions>>, 'head' | 'solver' | 'unfreeze'>,
  given: Readonly<Record<string, unknown>>,
): TrainingOptions['solver'] {
  if (solver === 'steps') return solver;
  if (solver === 'auto') return usualSolver({ head, unfreeze }, given);
  if (head !== 'linear') {
    throw new UserError(
      `Expected --solver steps for the ${head} head but received exact: it solves linear heads only.`,
    );
  }
  const unheeded = stepOptions.filter((name) => given[name] !== undefined);
  if (unheeded.length === 0) return solver;
  throw new UserError(
    `Expected no ${unheeded.join(', ')} with --solver exact, which takes no steps. Leave them out, or give --solver steps.`,
  );
}
