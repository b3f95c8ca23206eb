import { shuffledByClass, withValidation } from '../data/draw-classes.js';
import type { PlannedPart } from '../features/feature-plan.js';
import { Random } from '../runtime/random.js';
import type { TrainingOptions } from '../training/options.js';
import { type FittedNetwork, fitters, headWork } from './fit-work.js';
import { fitPart, rightAnswers } from './study.js';
import type { FitKind } from './study-fits.js';

/** What all fits of a learning curve share. */
export interface Draws {
  readonly network: FittedNetwork;
  /** How many of the examples are drawn from; the others are held out. */
  readonly pool: number;
  readonly validationShare: number;
  readonly classes: number;
  readonly parts: readonly PlannedPart[];
  readonly options: TrainingOptions;
  readonly seed: number;
}

/** A training set: so many examples of each class, drawn for the nth time. */
export interface Draw {
  readonly perClass: number;
  readonly draw: number;
}

/** Fits to a part of the pool; the answer is which of the held-out pictures are answered rightly. */
export const drawFits: FitKind<Draws, Draw, string> = {
  name: 'draws',
  describe: ({ perClass, draw }, { network }) =>
    `${network === 'lenet5' ? 'LeNet-5, ' : ''}${perClass} a class, draw ${draw + 1}`,
  work: ({ perClass }, { shared: { network, pool, options, classes }, examples }) => {
    if (network === 'lenet5') return Number.POSITIVE_INFINITY;
    return headWork(options, { ...examples, size: Math.min(pool, perClass * classes) }, classes);
  },
  open: ({ shared, examples, mirrored }, place) => ({
    fit: async ({ perClass, draw }) => {
      const { network, pool, validationShare, classes, parts, options, seed } = shared;
      const random = new Random(seed).fork(`draw ${draw}`);
      const order = shuffledByClass(examples.labels.slice(0, pool), classes, random.fork('order'));
      const drawn = order.map((places) => places.slice(0, perClass));
      const test = [...Array(examples.size - pool).keys()].map((i) => pool + i);
      const trained = await fitPart(
        examples,
        { ...withValidation(drawn, validationShare), test },
        { ...place, options, classes, parts, mirrored, random },
        fitters[network],
      );
      return rightAnswers(trained, examples.labels.slice(pool));
    },
  }),
};
