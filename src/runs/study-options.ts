import { z } from 'zod';
import { count, option } from '../runtime/option.js';
import { UserError } from '../runtime/errors.js';
import { stepOptions } from '../training/options.js';
import {
  checkOptions,
  type FinetuneOptions,
  optionGroups,
  resolveOptions,
  type ResolvedOptions,
} from './options.js';

/** What studies of heads on stored features do not take: they train nothing of the base, and name their folder themselves. */
const notInStudies = ['name', 'unfreeze', 'unfreezeEpochs', 'unfreezeLearningRate'] as const;

type NotInStudies = (typeof notInStudies)[number];

/** The main job's options as far as studies take them; everything but `data` has a default. */
export type StudyOptions = Omit<FinetuneOptions, NotInStudies>;

/** The tables of a study's own options, of which those of the main job that it takes follow. */
export function studyGroups(
  own: Readonly<Record<string, z.ZodType>>,
  without: readonly string[] = [],
): { readonly heading: string; readonly options: Readonly<Record<string, z.ZodType>> }[] {
  const left = [...notInStudies, ...without, ...Object.keys(own)];
  return [
    { heading: '', options: own },
    ...optionGroups.map(({ heading, options }) => ({
      heading,
      options: Object.fromEntries(Object.entries(options).filter(([name]) => !left.includes(name))),
    })),
  ];
}

/**
 * A study's own options, and the main job's beside them. A linear head is solved exactly unless steps are asked for: a
 * study makes hundreds of fits.
 *
 * @throws UserError that names every fault.
 */
export function resolveStudy<const Own extends z.ZodRawShape>(
  own: Own,
  given: StudyOptions,
): { readonly own: z.output<z.ZodObject<Own>>; readonly options: ResolvedOptions } {
  const refused = notInStudies.filter((name) => (given as FinetuneOptions)[name] !== undefined);
  if (refused.length > 0) {
    throw new UserError(
      `Expected no ${refused.join(', ')}: what is compared here is heads on stored features. For a single classifier: finetune --data DIR.`,
    );
  }
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(own, name);
  const entries = Object.entries(given);
  const rest = Object.fromEntries(entries.filter((entry) => !isOwn(entry))) as StudyOptions;
  const options = resolveOptions(withSolver(rest));
  return { own: checkOptions(z.strictObject(own), Object.fromEntries(entries.filter(isOwn))), options };
}

/** The options with the solver that a study takes where neither it nor anything that only steps heed is asked for. */
export function withSolver<Options extends Partial<FinetuneOptions>>(options: Options): Options {
  const isLinear = (options.head ?? 'linear') === 'linear';
  const needsSteps = stepOptions.some((name) => options[name] !== undefined);
  return { ...options, solver: options.solver ?? (isLinear && !needsSteps ? 'exact' : 'steps') };
}

/** A list of whole numbers above 0, on the command line with commas between. */
export const countList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((text) => Number(text.trim() || NaN)) : value),
  z.array(count).min(1),
);

export const learningCurveOptions = {
  sizes: option(countList.optional(), {
    value: 'list',
    help: 'pictures a class to train on, such as 1,2,5,10,20,50',
    defaultText: '1,2,5,10,20,50,… up to all',
  }),
  draws: option(count.min(2).max(1000).default(20), {
    value: 'n',
    help: 'training sets drawn for each size',
  }),
  baselineDraws: option(count.min(1).max(1000).default(3), {
    value: 'n',
    help: 'the same for LeNet-5, which is trained for at most five sizes',
  }),
};

export type LearningCurveOptions = StudyOptions & z.input<z.ZodObject<typeof learningCurveOptions>>;
