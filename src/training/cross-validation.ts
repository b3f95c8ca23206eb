import { createHash } from 'node:crypto';
import type { Examples } from '../features/examples.js';
import type { Random } from '../runtime/random.js';
import type { FoldPoints, FoldRegressions } from './fold-regressions.js';
import { foretelling, foretold, type FoundFits, type StrengthPath } from './strength-path.js';
import { fitTemperature, withTemperature } from './temperature.js';
import { bytesOf } from '../runtime/bytes-of.js';

/** A strength that was tried, and what it came to on pictures that were left out of each fit. */
interface TriedStrength {
  readonly strength: number;
  /** Mean of −log p of the true class over all examples, each judged by a fit without it, at the best temperature. */
  readonly logLoss: number;
}

export interface CrossValidated {
  readonly strength: number;
  /** For every example the probabilities of a fit that never saw it. */
  readonly outOfFold: readonly (readonly number[])[];
  /** What makes these honest, see `fitTemperature`. */
  readonly temperature: number;
  readonly logLoss: number;
  readonly tried: readonly TriedStrength[];
  /** The fits, one a fold. */
  readonly points: FoldPoints;
}

/** Parts that examples are dealt to; each part is judged by a fit to the others. */
export const foldCount = 5;

/** Prior variances of a weight, features having a variance of 1: strength = 1 / (variance · examples). */
export const priorVariances = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10];

/**
 * Deals examples to `count` folds, class by class in a random order, so that every fold holds its share of each class.
 * Examples that are alike to the last bit, or have one group's name, go to one fold: in another they would make the
 * answer known.
 *
 * @param kinOf the values of an example, or the name of its group.
 */
export function stratifiedFolds(
  labels: readonly number[],
  count: number,
  random: Random,
  kinOf: (example: number) => Float32Array | string,
): number[] {
  const groups = new Map<string, number[]>();
  for (const example of labels.keys()) {
    const kin = kinOf(example);
    const key = typeof kin === 'string' ? `group ${kin}` : digestOf(kin);
    const group = groups.get(key);
    if (group) group.push(example);
    else groups.set(key, [example]);
  }
  const folds = new Array<number>(labels.length).fill(0);
  const byClass = new Map<number, number[][]>();
  for (const group of groups.values()) {
    const label = labels[group[0]!]!;
    byClass.set(label, [...(byClass.get(label) ?? []), group]);
  }
  let next = 0;
  for (const [, members] of [...byClass].sort(([a], [b]) => a - b)) {
    for (const group of random.shuffle(members)) {
      for (const example of group) folds[example] = next % count;
      next++;
    }
  }
  return folds;
}

/** Deals examples to folds: those of one group, or of the same values, to one. */
export function foldsOf(examples: Examples, random: Random): number[] {
  const { labels, groups, shape } = examples;
  const rows = examples.read([...labels.keys()]);
  const width = shape[0]!;
  return stratifiedFolds(
    labels,
    foldCount,
    random.fork('folds'),
    (i) => groups?.[i] ?? rows.subarray(i * width, (i + 1) * width),
  );
}

function digestOf(row: Float32Array): string {
  const bytes = bytesOf(row);
  return createHash('sha256').update(bytes).digest('base64');
}

/**
 * Chooses how strongly weights are held back: each strength is judged on all examples, every one by a fit to the other
 * folds, by the log loss that is left once a temperature has made its probabilities honest: strong ones are unsure, which
 * costs nothing any more, and answer better. They are tried from the strongest on, each fit beginning where the stronger
 * ones foretell that it ends, until the loss has risen twice in a row.
 *
 * @param regressions as many as there are folds, see `foldNames`.
 * @param labels of the examples that are judged: the regressions' first ones; others, such as altered looks of them, are
 *   learned from only.
 * @param folds of all of them.
 * @param weights what each example counts; undefined: all the same.
 */
export async function chooseStrength(
  regressions: FoldRegressions,
  labels: readonly number[],
  {
    folds,
    strengths,
    weights,
    path,
    signal,
    onFit,
  }: {
    readonly folds: readonly number[];
    readonly strengths: readonly number[];
    readonly weights?: readonly number[] | undefined;
    /** Where fits begin, whatever strengths are asked for; undefined: where the stronger ones foretell. */
    readonly path?: StrengthPath | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onFit?: (done: number) => void;
  },
): Promise<CrossValidated> {
  const names = foldNames(folds);
  const shares = foldShares(folds, weights);
  const tried: TriedStrength[] = [];
  let best: CrossValidated | undefined;
  const found: FoundFits[] = [];
  let rises = 0;
  let done = 0;
  for (const strength of [...strengths].sort((a, b) => b - a)) {
    const starts = path
      ? await path.startOf(strength, signal)
      : foretold(found.slice(-foretelling), strength);
    const points = await regressions.fit(shares, strength, { starts, signal });
    found.push({ strength, points });
    const outOfFold = regressions.probabilities(points, labels.length, (i) => names.indexOf(folds[i]!));
    onFit?.((done += names.length));
    const temperature = fitTemperature(outOfFold, labels);
    const logLoss = meanLogLoss(
      outOfFold.map((row) => withTemperature(row, temperature)),
      labels,
    );
    tried.push({ strength, logLoss });
    rises = best && logLoss >= best.logLoss ? rises + 1 : 0;
    if (rises === 0) best = { strength, outOfFold, temperature, logLoss, tried, points };
    if (rises === 2) break;
  }
  return best!;
}

/** For each fold what examples count in the fit that is judged on it, see `FoldRegressions.fit`. */
export function foldShares(
  folds: readonly number[],
  weights: readonly number[] | undefined,
): readonly Float32Array[] {
  return foldNames(folds).map((fold) =>
    sharesOf(folds.length, (i) => (folds[i] === fold ? 0 : (weights?.[i] ?? 1))),
  );
}

/** The folds that examples were dealt to, in order. */
export function foldNames(folds: readonly number[]): number[] {
  return [...new Set(folds)].sort((a, b) => a - b);
}

/** What examples count, scaled to a sum of 1. */
export function sharesOf(size: number, weightOf: (example: number) => number): Float32Array {
  const weights = Float64Array.from({ length: size }, (_, i) => weightOf(i));
  const sum = weights.reduce((a, b) => a + b, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

export function meanLogLoss(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
): number {
  return logLosses(probabilities, labels).reduce((a, b) => a + b, 0) / labels.length;
}

/** −log p of each example's true class. */
export function logLosses(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
): number[] {
  return probabilities.map((row, i) => -Math.log(Math.max(row[labels[i]!]!, 1e-12)));
}
