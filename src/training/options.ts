import { z } from 'zod';
import { alterationNames, augmentationOf } from '../data/augmentation/kinds.js';
import { UserError } from '../runtime/errors.js';
import { count, oneOf, option, positive, share } from '../runtime/option.js';
import { headNames } from './head-names.js';
import { optimiserNames } from './optimiser-names.js';
import { scheduleNames } from './schedule.js';

/** How heads, unfrozen layers and the baseline are trained. */
export const trainingOptions = {
  head: option(oneOf(headNames).default('linear'), {
    value: 'name',
    help: 'linear; mlp: a hidden layer with dropout; or prototypes: the mean of each class, for 1 to 5 pictures a class',
  }),
  solver: option(oneOf(['auto', 'exact', 'steps']).default('auto'), {
    value: 'name',
    help: 'of the linear head: exact (its one minimum, all choices by cross-validation) or steps (epoch by epoch)',
    defaultText: 'exact; steps with --head mlp, --from-scratch, or an option that only steps heed',
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
    help: 'train the base too from this layer or block on (all: the whole of it), after the head; batch norms keep their statistics. Names: finetune summary BASE',
    defaultText: 'all frozen',
  }),
  unfreezeEpochs: option(count.default(10), { value: 'n', help: 'most epochs for the unfrozen layers' }),
  unfreezeLearningRate: option(positive.max(10).default(1e-5), {
    value: 'x',
    help: 'of their first epoch',
  }),
  layerRateDecay: option(z.number().gt(0).max(1).default(1), {
    value: 'x',
    help: 'of unfrozen layers: what the learning rate is multiplied by from each block to the one below, the head having all of it',
  }),
  fromScratch: option(z.boolean().default(false), {
    help: "the base's architecture with random weights, all of it trained: its statistics of batch normalisation too",
  }),
  warmUp: option(z.number().min(0).max(1000).default(0), {
    value: 'n',
    help: 'epochs in which the learning rate of unfrozen layers, or from scratch, rises from 0',
  }),
  clipNorm: option(positive.optional(), {
    value: 'x',
    help: 'length to which longer gradients are shortened, of unfrozen layers or from scratch',
    defaultText: 'as they are',
  }),
  averageWeights: option(share.default(0), {
    value: 'x',
    help: 'what a running average of the weights, which is what is kept, retains a step, of unfrozen layers or from scratch, such as 0.98',
    defaultText: '0: the last weights',
  }),
  augment: option(z.string().min(1).default('none'), {
    value: 'names',
    help: `how training pictures are altered: none, light (mirror,crop), strong (${alterationNames.join(',')}), or a list of these; mixup in a list blends pictures in pairs where steps are taken`,
  }),
  views: option(count.max(100).default(4), {
    value: 'n',
    help: 'altered looks of each training picture that are stored, where part of the base is frozen; else each epoch has its own',
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

/** What concerns more of a network than a head on stored features of plain pictures. */
export const trainsMoreThanHeads = [
  'unfreeze',
  'unfreezeEpochs',
  'unfreezeLearningRate',
  'layerRateDecay',
  'fromScratch',
  'warmUp',
  'clipNorm',
  'averageWeights',
  'augment',
  'views',
] as const;

/** Exact, unless something is asked for that only steps heed. */
export function usualSolver(
  { head = 'linear', unfreeze, fromScratch, augment = 'none' }: Steering,
  given: Readonly<Record<string, unknown>>,
): TrainingOptions['solver'] {
  const asksForSteps = headStepOptions(unfreeze).some((name) => given[name] !== undefined);
  const mixes = !unfreeze && augmentationOf(augment).mixup;
  if (head === 'prototypes') return 'exact';
  return head !== 'linear' || fromScratch || mixes || asksForSteps ? 'steps' : 'exact';
}

/** What of the options says how the head is trained. */
type Steering = {
  readonly [Name in 'head' | 'unfreeze' | 'augment']?: string | undefined;
} & { readonly fromScratch?: boolean | undefined };

/** Some steer the unfrozen layers' steps, after a head that is solved. */
function headStepOptions(unfreeze: string | undefined): readonly (typeof stepOptions)[number][] {
  return unfreeze ? ['epochs', 'learningRate'] : stepOptions;
}

/**
 * The solver that was asked for; where it was left open exact, unless something else was asked for that only steps heed.
 *
 * @param given what was asked for, before defaults.
 * @throws UserError when the exact solver is asked for together with what it does not heed.
 */
export function solverFor(
  {
    solver,
    ...steering
  }: Pick<
    z.output<z.ZodObject<typeof trainingOptions>>,
    'head' | 'solver' | 'unfreeze' | 'fromScratch' | 'augment'
  >,
  given: Readonly<Record<string, unknown>>,
): TrainingOptions['solver'] {
  if (steering.head === 'prototypes') {
    expectNoSteps(solver, steering, given);
    return 'exact';
  }
  if (solver === 'steps') return solver;
  if (solver === 'auto') return usualSolver(steering, given);
  const { head, unfreeze, fromScratch, augment } = steering;
  if (fromScratch || (!unfreeze && augmentationOf(augment).mixup)) {
    const what = fromScratch ? '--from-scratch' : '--augment mixup';
    throw new UserError(`Expected --solver steps with ${what} but received exact, which takes none.`);
  }
  if (head !== 'linear') {
    throw new UserError(
      `Expected --solver steps for the ${head} head but received exact: it solves linear heads only.`,
    );
  }
  const unheeded = headStepOptions(unfreeze).filter((name) => given[name] !== undefined);
  if (unheeded.length === 0) return solver;
  throw new UserError(
    `Expected no ${unheeded.join(', ')} with --solver exact, which takes no steps. Leave them out, or give --solver steps.`,
  );
}

/** What prototypes, which are means, do not heed beside what steers steps. */
const notOfMeans = ['weightDecay', 'dropout', 'classWeights'] as const;

/** @throws UserError for what prototypes, which are means, do not heed. */
function expectNoSteps(
  solver: string,
  { unfreeze, augment = 'none' }: Steering,
  given: Readonly<Record<string, unknown>>,
): void {
  const unheeded: string[] = [...headStepOptions(unfreeze), ...notOfMeans].filter(
    (name) => given[name] !== undefined,
  );
  if (solver === 'steps') unheeded.unshift('solver steps');
  if (!unfreeze && augmentationOf(augment).mixup) unheeded.push('augment mixup');
  if (unheeded.length === 0) return;
  throw new UserError(
    `Expected no ${unheeded.join(', ')} with --head prototypes, which are the means of classes. Leave them out.`,
  );
}

/** What only unfrozen layers, or networks from scratch, heed. */
const layerOptions = {
  unfreezeEpochs: ['unfreeze'],
  unfreezeLearningRate: ['unfreeze'],
  layerRateDecay: ['unfreeze'],
  warmUp: ['unfreeze', 'fromScratch'],
  clipNorm: ['unfreeze', 'fromScratch'],
  averageWeights: ['unfreeze', 'fromScratch'],
} as const;

/** Whether what is asked for makes nothing heed an option of layers that are trained. */
function isUnheeded(
  name: keyof typeof layerOptions,
  options: { readonly [Name in 'unfreeze' | 'fromScratch']?: unknown },
): boolean {
  return !layerOptions[name].some((one) => options[one]);
}

const layerOptionNames = Object.keys(layerOptions) as (keyof typeof layerOptions)[];

/**
 * The options that nothing heeds beside these, so that they are refused where they are asked for. A record of all options
 * holds their defaults nevertheless.
 */
export function unheededBy(options: Steering & { readonly solver?: string | undefined }): string[] {
  const { head, solver, unfreeze, augment = 'none' } = options;
  const isMeans = head === 'prototypes';
  return [
    ...layerOptionNames.filter((name) => isUnheeded(name, options)),
    ...(augmentationOf(augment).alterations.length === 0 ? ['views'] : []),
    ...(isMeans || solver === 'exact' ? headStepOptions(unfreeze) : []),
    ...(isMeans ? ['solver', ...notOfMeans] : []),
  ];
}

const flags = { unfreeze: '--unfreeze', fromScratch: '--from-scratch' } as const;

/**
 * @param given what was asked for, before defaults.
 * @throws UserError for options that do not go together, or that nothing would heed.
 */
export function expectHeeded(
  options: Pick<
    z.output<z.ZodObject<typeof trainingOptions>>,
    'head' | 'unfreeze' | 'fromScratch' | 'augment'
  >,
  given: Readonly<Record<string, unknown>>,
): void {
  const { unfreeze, fromScratch, head } = options;
  const { alterations } = augmentationOf(options.augment);
  if (fromScratch && unfreeze) {
    throw new UserError(
      'Expected --unfreeze or --from-scratch but received both: from scratch all is trained.',
    );
  }
  if (fromScratch && given['weights'] !== undefined) {
    throw new UserError('Expected no --weights with --from-scratch, which begins with random ones.');
  }
  if (fromScratch && head !== 'linear') {
    throw new UserError(`Expected --head linear with --from-scratch but received ${head}.`);
  }
  for (const name of layerOptionNames) {
    if (given[name] === undefined || !isUnheeded(name, options)) continue;
    const needed = layerOptions[name];
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UserError(
      `Expected no --${flag} without ${needed.map((one) => flags[one]).join(' or ')}: nothing else heeds it.`,
    );
  }
  if (given['views'] !== undefined && alterations.length === 0) {
    throw new UserError('Expected no --views without --augment: there are no altered looks to store.');
  }
}
