import { wilsonInterval } from './intervals.js';

/** Who was right: a row for each repetition (a draw of training pictures, a seed), a column for each judged picture. */
export type RightByRepetition = readonly (readonly boolean[])[];

/** A mean accuracy over repetitions on the same judged pictures. */
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
 * The mean accuracy of several repetitions on the same pictures. Its variance has two sources that cross, the
 * repetitions and the pictures; that of the mean is taken as the sum of what each alone explains, which counts their
 * interaction twice and so is a little too large, never too small (Owen 2007). The interval is Wilson's at the number
 * of independent pictures that would have this variance (Korn & Graubard 1998): right near 100 %, too. Of a single repetition it is Wilson's own.
 *
 * @throws RangeError without repetitions or pictures.
 */
export function repeatedAccuracy(right: RightByRepetition): RepeatedAccuracy {
  const [repetitions, pictures] = [right.length, right[0]?.length ?? 0];
  if (pictures === 0) throw new RangeError('expected answers to pictures but received none');
  const byRepetition = right.map((row) => row.filter(Boolean).length / pictures);
  const byPicture = Array.from(
    { length: pictures },
    (_, i) => right.filter((row) => row[i]).length / repetitions,
  );
  const accuracy = mean(byRepetition);
  const found = varianceOfMean(byPicture, pictures) + varianceOfMean(byRepetition, repetitions - 1);
  const binomial = accuracy * (1 - accuracy);
  // no doubt at all is never found but where all answers were alike
  const size = binomial > 0 && found > 0 ? binomial / found : pictures;
  const { low, high } = wilsonInterval(accuracy * size, size);
  return {
    accuracy,
    ci95: [low, high],
    lowest: Math.min(...byRepetition),
    highest: Math.max(...byRepetition),
    variance: found,
  };
}

/** The squared standard error of the mean of independent values; 0 of a single one. */
function varianceOfMean(values: readonly number[], freedom: number): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return squares / freedom / values.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
