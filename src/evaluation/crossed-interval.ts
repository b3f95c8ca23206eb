import { wilsonInterval } from './intervals.js';

/**
 * Who was right: a row for each repetition (a draw of training pictures, a seed), a column for each picture; undefined
 * where a repetition did not judge a picture.
 */
export type RightByRepetition = readonly (readonly (boolean | undefined)[])[];

/** A mean accuracy over repetitions. */
export interface RepeatedAccuracy {
  readonly accuracy: number;
  /** 95 %: over other repetitions and other pictures of the same kind. */
  readonly ci95: readonly [number, number];
  /** Of the single repetitions. */
  readonly lowest: number;
  readonly highest: number;
  /** Squared standard error of `accuracy`. */
  readonly variance: number;
}

/**
 * The share of right answers in several repetitions. Its variance has two sources that cross, the repetitions and the
 * pictures; that of the mean is taken as the sum of what each alone explains, which counts their interaction twice and
 * so is a little too large, never too small (Owen 2007). The interval is Wilson's at the number of independent pictures
 * that would have this variance (Korn & Graubard 1998): right near 100 %, too. Of a single repetition it is Wilson's own.
 *
 * @throws RangeError unless every repetition has judged a picture.
 */
export function repeatedAccuracy(right: RightByRepetition): RepeatedAccuracy {
  const byRepetition = right.map((row) => {
    const judged = row.filter((answer) => answer !== undefined);
    return { n: judged.length, right: judged.filter(Boolean).length };
  });
  if (byRepetition.length === 0 || byRepetition.some(({ n }) => n === 0)) {
    throw new RangeError('expected answers to pictures in every repetition but received none');
  }
  const total = byRepetition.reduce((sum, { n }) => sum + n, 0);
  const accuracy = byRepetition.reduce((sum, one) => sum + one.right, 0) / total;
  const shares = byRepetition.map((one) => one.right / one.n);

  let [ofPictures, pictures] = [0, 0];
  for (let i = 0; i < right[0]!.length; i++) {
    let [beyond, judged] = [0, 0];
    for (const row of right) {
      if (row[i] === undefined) continue;
      beyond += Number(row[i]) - accuracy;
      judged++;
    }
    ofPictures += (beyond / total) ** 2;
    pictures += Number(judged > 0);
  }
  const n = shares.length;
  const squares = shares.reduce((sum, share) => sum + (share - accuracy) ** 2, 0);
  const variance = ofPictures + (n < 2 ? 0 : squares / (n * (n - 1)));
  const binomial = accuracy * (1 - accuracy);
  // no doubt at all is found only where all answers were alike
  const size = binomial > 0 && variance > 0 ? binomial / variance : pictures;
  const { low, high } = wilsonInterval(accuracy * size, size);
  return {
    accuracy,
    ci95: [low, high],
    lowest: Math.min(...shares),
    highest: Math.max(...shares),
    variance,
  };
}
