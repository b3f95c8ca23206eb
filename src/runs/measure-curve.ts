import { shuffledByClass, withValidation } from '../data/draw-classes.js';
import type { SizedAnswers } from '../evaluation/forecast.js';
import type { Examples } from '../features/examples.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import type { trainHead } from '../training/train-head.js';
import type { Journal } from './journal.js';
import { asRight, fitPart, type PartContext, rightAnswers } from './study.js';

/** So many pictures of each class, or all that it has. */
export interface Size {
  readonly perClass: number;
  readonly pictures: number;
  readonly isAll: boolean;
}

export interface CurveSetting {
  /** Of the pool and then of the held-out pictures. */
  readonly labels: readonly number[];
  readonly pool: number;
  readonly classes: number;
  readonly validationShare: number;
  readonly context: Omit<PartContext, 'random'>;
  readonly seed: number;
  readonly journal: Pick<Journal, 'once'>;
  readonly hooks: Hooks;
}

/** What one size came to. */
export interface MeasuredSize extends SizedAnswers {
  readonly perClass: number;
}

/** @throws UserError when a size is asked for that no class has. */
export function sizesOf(
  { labels, pool, classes }: Pick<CurveSetting, 'labels' | 'pool' | 'classes'>,
  asked: readonly number[] | undefined,
  least: number,
): Size[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels.slice(0, pool)) counts[label]!++;
  const most = Math.max(...counts);
  const total = (perClass: number) => counts.reduce((sum, count) => sum + Math.min(count, perClass), 0);
  const usual = [1, 2, 5].flatMap((first) => Array.from({ length: 6 }, (_, i) => first * 10 ** i));
  const tooMany = asked?.find((size) => size > most);
  if (tooMany !== undefined) {
    throw new UserError(
      `Expected sizes up to ${most}, which is what the largest class has to train on, but received ${tooMany}.`,
    );
  }
  const tooFew = asked?.find((size) => size < least);
  if (tooFew !== undefined) {
    throw new UserError(
      `Expected sizes from ${least} on, since training in steps needs a picture to choose by, but received ${tooFew}.`,
    );
  }
  const wanted = asked ?? usual.filter((size) => size >= least && total(size) <= 0.8 * pool);
  const all = { perClass: most, pictures: pool, isAll: true };
  const parts = [...new Set(wanted)]
    .filter((size) => size < most)
    .sort((a, b) => a - b)
    .map((perClass) => ({ perClass, pictures: total(perClass), isAll: false }));
  return asked && !asked.includes(most) ? parts : [...parts, all];
}

/**
 * Trains on every size, as often as there are draws. A draw is an order of each class's pictures, and its larger sets
 * hold its smaller ones. Training on all pictures is done once.
 */
export async function measureSizes(
  examples: Examples,
  sizes: readonly Size[],
  draws: number,
  fit: typeof trainHead,
  stage: 'Fitting heads' | 'Training LeNet-5',
  { labels, pool, classes, validationShare, context, seed, journal, hooks }: CurveSetting,
): Promise<MeasuredSize[]> {
  const test = Array.from({ length: labels.length - pool }, (_, i) => pool + i);
  const judged = test.map((place) => labels[place]!);
  const total = sizes.reduce((sum, { isAll }) => sum + (isAll ? 1 : draws), 0);
  let done = 0;
  const measured: MeasuredSize[] = [];
  for (const { perClass, pictures, isAll } of sizes) {
    const right: boolean[][] = [];
    for (let draw = 0; draw < (isAll ? 1 : draws); draw++) {
      const digits = await journal.once(`${stage} ${perClass} ${draw}`, async () => {
        const random = new Random(seed).fork(`draw ${draw}`);
        const order = shuffledByClass(labels.slice(0, pool), classes, random.fork('order'));
        const drawn = order.map((places) => places.slice(0, perClass));
        const part = { ...withValidation(drawn, validationShare), test };
        const trained = await fitPart(examples, part, { ...context, random }, fit);
        return rightAnswers(trained, judged);
      });
      right.push(asRight(digits));
      hooks.onProgress?.({ kind: 'work', stage, done: ++done, total, unit: 'fits' });
    }
    measured.push({ perClass, pictures, right });
  }
  return measured;
}
