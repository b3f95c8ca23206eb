import { someShuffledByClass, withValidation } from '../data/draw-classes.js';
import type { PlannedPart } from '../features/feature-plan.js';
import { Random } from '../runtime/random.js';
import type { TrainingOptions } from '../training/options.js';
import { type FittedNetwork, fitters, headWork } from './fit-work.js';
import { fitPart } from './study.js';
import type { FitKind } from './study-fits.js';
import { predictedClass } from '../evaluation/predictions.js';

/** What all fits of a cross-validation share. */
export interface Folds {
  readonly network: FittedNetwork;
  /** The fold of each example, a row for each repetition. */
  readonly deals: readonly (readonly number[])[];
  readonly folds: number;
  /** Of a fit's own examples, what is set aside to choose by. */
  readonly validationShare: number;
  readonly classes: number;
  readonly parts: readonly PlannedPart[];
  readonly options: TrainingOptions;
  readonly seed: number;
}

/** One fit, counted from 0. */
export interface Fold {
  readonly repeat: number;
  readonly fold: number;
}

/** Places of a fold's examples. */
export function placesOf({ deals }: Pick<Folds, 'deals'>, { repeat, fold }: Fold): number[] {
  return deals[repeat]!.flatMap((own, i) => (own === fold ? [i] : []));
}

/** Fits to all folds but one; the answer is the class that it gives each of that fold's examples, in order. */
export const foldFits: FitKind<Folds, Fold, number[]> = {
  name: 'folds',
  describe: ({ repeat, fold }, { folds, deals, network }) => {
    const what = network === 'lenet5' ? 'LeNet-5, ' : '';
    const again = deals.length > 1 ? `, repetition ${repeat + 1}` : '';
    return `${what}fold ${fold + 1} of ${folds}${again}`;
  },
  work: (_, { shared: { network, options, classes }, examples }) =>
    network === 'lenet5' ? Number.POSITIVE_INFINITY : headWork(options, examples, classes),
  open: ({ shared, examples, mirrored }, place) => ({
    fit: async (part) => {
      const { network, deals, validationShare, classes, parts, options, seed } = shared;
      const { repeat, fold } = part;
      const random = new Random(seed).fork(`fold ${repeat} ${fold}`);
      const others = deals[repeat]!.flatMap((own, i) => (own === fold ? [] : [i]));
      const byClass = someShuffledByClass(examples.labels, others, classes, random.fork('order'));
      const { testProbabilities } = await fitPart(
        examples,
        { ...withValidation(byClass, validationShare), test: placesOf(shared, part) },
        { ...place, options, classes, parts, mirrored, random },
        fitters[network],
      );
      return testProbabilities.map(predictedClass);
    },
  }),
};
