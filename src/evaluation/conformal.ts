import { type MeanWithInterval, meanWithInterval } from './bootstrap.js';
import { wilsonInterval } from './intervals.js';
import type { LabelledPrediction } from './predictions.js';

/**
 * Sets of classes that hold the true one as often as is asked for, whatever the classifier: inductive conformal prediction
 * (Vovk, Gammerman & Shafer 2005; Angelopoulos & Bates 2021) with the score 1 − p of the true class, which of all scores
 * gives the smallest sets on average (Sadinle, Lei & Wasserman 2019). A set is empty where no class is likely enough. The
 * adaptive sets of Romano, Sesia & Candès 2020 are no smaller, and without drawing lots hold the true class more often than asked.
 */

/** What rounding leaves of a product of whole numbers and shares. */
const epsilon = 1e-9;

/**
 * From which probability on a class belongs to the set. Of new pictures of the same kind, the share whose true class then
 * does is `coverage` or up to 1 / (n + 1) more, on average over calibration pictures.
 *
 * @param trueProbabilities of n calibration pictures: what a classifier that has not learned from them says of their true class.
 * @param coverage above 0 and below 1.
 * @throws RangeError when the pictures are fewer than `fewestForCoverage`.
 */
export function conformalThreshold(trueProbabilities: readonly number[], coverage: number): number {
  const n = trueProbabilities.length;
  const rank = Math.ceil((n + 1) * coverage - epsilon);
  if (!(coverage > 0 && coverage < 1) || rank > n) {
    throw new RangeError(
      `expected a coverage above 0 and at most ${n} / ${n + 1} for ${n} pictures but received ${coverage}`,
    );
  }
  return [...trueProbabilities].sort((a, b) => b - a)[Math.max(rank, 1) - 1]!;
}

/** How many calibration pictures a coverage takes: (n + 1) · coverage must not exceed n. */
export function fewestForCoverage(coverage: number): number {
  return Math.ceil(coverage / (1 - coverage) - epsilon);
}

/** The places of the classes that are at least so likely, the likeliest first. */
export function conformalSet(probabilities: readonly number[], threshold: number): number[] {
  return probabilities
    .map((_, i) => i)
    .filter((i) => probabilities[i]! >= threshold)
    .sort((a, b) => probabilities[b]! - probabilities[a]!);
}

/** How sets fared on labelled pictures. */
export interface SetFigures {
  readonly n: number;
  /** Share of pictures whose set holds the true class, with its 95 % Wilson interval. */
  readonly coverage: number;
  readonly ci95: readonly [number, number];
  /** Mean number of classes in a set, with its 95 % bootstrap interval. */
  readonly size: MeanWithInterval;
  /** How many sets have no class, one class, two …, up to the largest. */
  readonly sizes: readonly number[];
}

/** @throws RangeError when there are no predictions. */
export function setFigures(predictions: readonly LabelledPrediction[], threshold: number): SetFigures {
  const sets = predictions.map(({ probabilities }) => conformalSet(probabilities, threshold));
  const n = sets.length;
  const covered = sets.filter((set, i) => set.includes(predictions[i]!.label)).length;
  const { low, high } = wilsonInterval(covered, n);
  const sizes = new Array<number>(1 + sets.reduce((most, { length }) => Math.max(most, length), 0)).fill(0);
  for (const { length } of sets) sizes[length]!++;
  return {
    n,
    coverage: covered / n,
    ci95: [low, high],
    size: meanWithInterval(sets.map(({ length }) => length)),
    sizes,
  };
}
