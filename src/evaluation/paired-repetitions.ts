import type { Random } from '../runtime/random.js';
import type { RightByRepetition } from './crossed-interval.js';

/** How two classifiers differ that were trained several times on the same parts and judged on the same pictures. */
export interface PairedDifference {
  /** Accuracy of the first minus the second's, over all repetitions. */
  readonly difference: number;
  /** 95 %: over other pictures of the same kind. */
  readonly ci95: readonly [number, number];
  /** Of the single repetitions. */
  readonly lowest: number;
  readonly highest: number;
  /** Two-sided: the chance of a difference this large if both were equally good. */
  readonly p: number;
}

const resamples = 2000;

/**
 * Compares on the pictures, each of which counts once however many repetitions have judged it: taken one by one,
 * repetitions would make their number pass for that of pictures. The interval is a percentile bootstrap over pictures;
 * the test is exact: if both were equally good, each picture's balance would as often be the other way round. With one
 * repetition it is McNemar's.
 *
 * @throws RangeError unless both have judged the same pictures.
 */
export function pairedDifference(
  first: RightByRepetition,
  second: RightByRepetition,
  random: Random,
): PairedDifference {
  const same =
    first.length === second.length &&
    first.every(
      (row, r) =>
        row.length === second[r]!.length &&
        row.every((answer, i) => (answer === undefined) === (second[r]![i] === undefined)),
    );
  if (!same) throw new RangeError('expected answers to the same pictures but received others');
  const width = first[0]?.length ?? 0;
  const balance = new Array<number>(width).fill(0);
  const judged = new Array<number>(width).fill(0);
  const byRepetition = first.map((row, r) => {
    let [sum, n] = [0, 0];
    for (const [i, answer] of row.entries()) {
      if (answer === undefined) continue;
      const one = Number(answer) - Number(second[r]![i]);
      balance[i]! += one;
      judged[i]!++;
      sum += one;
      n++;
    }
    return sum / n;
  });
  const pictures = judged.flatMap((count, i) => (count > 0 ? [i] : []));
  const mean = (places: readonly number[]) => {
    let [sum, n] = [0, 0];
    for (const i of places) {
      sum += balance[i]!;
      n += judged[i]!;
    }
    return sum / n;
  };
  const drawn = Float64Array.from({ length: resamples }, () =>
    mean(pictures.map(() => pictures[random.below(pictures.length)]!)),
  ).sort();
  const at = (share: number) => drawn[Math.round(share * (resamples - 1))]!;
  return {
    difference: mean(pictures),
    ci95: [at(0.025), at(0.975)],
    lowest: Math.min(...byRepetition),
    highest: Math.max(...byRepetition),
    p: signFlipP(balance),
  };
}

/** The exact chance that whole numbers with random signs add up to as much as these do, or more, either way. */
export function signFlipP(values: readonly number[]): number {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  const most = sizes.reduce((a, b) => a + b, 0);
  let chances = new Float64Array(2 * most + 1);
  chances[most] = 1;
  for (const size of sizes) {
    const next = new Float64Array(chances.length);
    for (const [sum, chance] of chances.entries()) {
      if (chance === 0) continue;
      next[sum + size]! += chance / 2;
      next[sum - size]! += chance / 2;
    }
    chances = next;
  }
  const seen = Math.abs(values.reduce((a, b) => a + b, 0));
  const tail = chances.reduce((p, chance, sum) => (Math.abs(sum - most) >= seen ? p + chance : p), 0);
  return Math.min(1, tail);
}
