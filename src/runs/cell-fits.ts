import type { PlannedPart } from '../features/feature-plan.js';
import { Random } from '../runtime/random.js';
import type { TrainingOptions } from '../training/options.js';
import { headWork } from './fit-work.js';
import { fitPart, type Part, rightAnswers } from './study.js';
import type { FitKind } from './study-fits.js';

/** What the fits of a comparison on the features of one base share. */
export interface Cells {
  /** As it was asked for. */
  readonly base: string;
  /** What each head is trained with. */
  readonly heads: Readonly<Record<string, TrainingOptions>>;
  /** How each seed divides the examples. */
  readonly splits: Readonly<Record<number, Part>>;
  readonly classes: number;
  readonly parts: readonly PlannedPart[];
}

/** One head under one seed. */
export interface CellPart {
  readonly head: string;
  readonly seed: number;
}

/** What a fit of a comparison came to. */
export interface CellAnswer {
  /** Of the held-out pictures, in order, which were answered rightly; as `rightAnswers`. */
  readonly right: string;
  /** Parameters that were trained. */
  readonly trained: number;
}

export const cellFits: FitKind<Cells, CellPart, CellAnswer> = {
  name: 'cells',
  describe: ({ head, seed }, { base }) => `${base}, ${head}, seed ${seed}`,
  work: ({ head }, { shared: { heads, classes }, examples }) => headWork(heads[head]!, examples, classes),
  open: ({ shared: { heads, splits, classes, parts }, examples, mirrored }, place) => ({
    fit: async ({ head, seed }) => {
      const split = splits[seed]!;
      const trained = await fitPart(examples, split, {
        ...place,
        options: heads[head]!,
        classes,
        parts,
        mirrored,
        random: new Random(seed),
      });
      const labels = split.test.map((at) => examples.labels[at]!);
      return { right: rightAnswers(trained, labels), trained: trained.trainableParameters };
    },
  }),
};
