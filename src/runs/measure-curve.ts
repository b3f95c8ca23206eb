import type { SizedAnswers } from '../evaluation/forecast.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { drawFits, type Draws } from './draw-fits.js';
import { asRight } from './study.js';
import { type Fits, type FittingStudy, makeFits } from './study-fits.js';

/** So many pictures of each class, or all that it has. */
export interface Size {
  readonly perClass: number;
  readonly pictures: number;
  readonly isAll: boolean;
}

/** What can be trained on. */
export interface Pool {
  /** Of the pool and then of the held-out pictures. */
  readonly labels: readonly number[];
  readonly pool: number;
  readonly classes: number;
}

/** What one size came to. */
export interface MeasuredSize extends SizedAnswers {
  readonly perClass: number;
}

/** @throws UserError when a size is asked for that no class has. */
export function sizesOf(
  { labels, pool, classes }: Pool,
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
  study: FittingStudy,
  fits: Fits<Draws>,
  sizes: readonly Size[],
  draws: number,
  { onProgress }: Hooks,
): Promise<MeasuredSize[]> {
  const stage = fits.shared.network === 'head' ? 'Fitting heads' : 'Training LeNet-5';
  const drawn = sizes.map(({ perClass, isAll }) =>
    Array.from({ length: isAll ? 1 : draws }, (_, draw) => ({ perClass, draw })),
  );
  const parts = drawn.flat();
  const answers = await makeFits(study, stage, drawFits, fits, parts, (done) =>
    onProgress?.({ kind: 'work', stage, done, total: parts.length, unit: 'fits' }),
  );
  let at = 0;
  return sizes.map(({ perClass, pictures }, i) => {
    const right = drawn[i]!.map(() => asRight(answers[at++]!));
    return { perClass, pictures, right };
  });
}
