import { z } from 'zod';
import { acceptedNames } from '../models/registry.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { count, oneOf, option } from '../runtime/option.js';
import { headNames } from '../training/head-names.js';
import { trainsMoreThanHeads } from '../training/options.js';
import {
  checkOptions,
  type FinetuneOptions,
  optionGroups,
  resolveOptions,
  type ResolvedOptions,
} from './options.js';

/** What studies of heads on stored features do not take: they train nothing of the base, and name their folder themselves. */
const notInStudies = ['name', ...trainsMoreThanHeads] as const;

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
  const options = resolveOptions(rest);
  return { own: checkOptions(z.strictObject(own), Object.fromEntries(entries.filter(isOwn))), options };
}

/** A list of whole numbers above 0, on the command line with commas between. */
export const countList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((text) => Number(text.trim() || NaN)) : value),
  z.array(count).min(1),
);

/** A list of names, on the command line with commas between. */
const nameList = <const T extends z.ZodType>(name: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((text) => text.trim()) : value),
    z.array(name).min(1),
  );

/** A base, or BASE=FILE with weights of one's own. */
const baseName = z.string().superRefine((text, context) => {
  const name = text.split('=')[0]!;
  if (acceptedNames().includes(name)) return;
  context.addIssue({
    code: 'custom',
    message: `expected networks of the zoo but received '${name}'.${didYouMean(name, acceptedNames())}`,
  });
});

export const compareOptions = {
  bases: option(nameList(baseName).default(['vgg16', 'squeezenet']), {
    value: 'list',
    help: 'pretrained networks, such as vgg16,googlenet; NAME=FILE for weights of your own',
    defaultText: 'vgg16,squeezenet',
  }),
  heads: option(nameList(oneOf(headNames)).default(['linear']), {
    value: 'list',
    help: 'linear, mlp, prototypes, or several: linear,mlp',
    defaultText: 'linear',
  }),
  seeds: option(count.max(100).default(5), {
    value: 'n',
    help: 'how many seeds each is trained with; a flat folder is split anew for each',
  }),
};

/** What comparing takes from elsewhere, or has no use for. */
export const notInCompare = ['base', 'weights', 'head', 'baseline', 'baselineEpochs', 'split'] as const;

export type CompareOptions = Omit<StudyOptions, (typeof notInCompare)[number]> &
  z.input<z.ZodObject<typeof compareOptions>>;

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

export const crossValidateOptions = {
  folds: option(z.number().int().min(2).max(100).default(5), {
    value: 'n',
    help: 'parts, each judged by a network trained on all others',
  }),
  repeats: option(count.max(100).default(1), { value: 'n', help: 'how often the parts are dealt anew' }),
  includeHeldOut: option(z.boolean().default(false), {
    help: 'deal the pictures of a test part that the folder gives, too',
  }),
  baseline: option(oneOf(['lenet5', 'none']).default('none'), {
    value: 'name',
    help: 'lenet5 from scratch on the same folds, or none',
  }),
};

/** Nothing is held out beside the folds. */
export const notInCrossValidate = ['testFraction', 'split'] as const;

export type CrossValidateOptions = Omit<StudyOptions, (typeof notInCrossValidate)[number]> &
  z.input<z.ZodObject<typeof crossValidateOptions>>;

export const sweepOptions = {
  trials: option(count.max(10_000).default(300), { value: 'n', help: 'most settings to try' }),
  search: option(oneOf(['auto', 'grid', 'random']).default('auto'), {
    value: 'how',
    help: 'grid (all combinations of lists), random, or auto: a grid where it has no more than --trials',
  }),
  rounds: option(count.max(20).default(3), {
    value: 'n',
    help: 'of cross-validation; settings that are clearly worse are dropped after each',
  }),
};

/** Every setting is judged by itself. */
export const notInSweep = ['baseline', 'baselineEpochs'] as const;

export type SweepOptions = Omit<StudyOptions, (typeof notInSweep)[number]> &
  z.input<z.ZodObject<typeof sweepOptions>>;
