import type { Random } from '../runtime/random.js';
import { repeatedAccuracy, type RightByRepetition } from './crossed-interval.js';
import { errorAt, fitPowerLaw, type MeasuredError, type PowerLaw } from './power-law.js';

/** What a classifier that was trained on so many pictures got right; the same judged pictures at all sizes. */
export interface SizedAnswers {
  /** Pictures that were trained on, in all. */
  readonly pictures: number;
  readonly right: RightByRepetition;
}

/** What accuracy is to be expected of more pictures. */
export interface ForecastPoint {
  /** Of today's pictures. */
  readonly times: number;
  readonly pictures: number;
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  /** Beyond what the curve says of today's pictures. */
  readonly gain: number;
  readonly gainCi95: readonly [number, number];
}

export interface Forecast {
  /** Through the measured means. */
  readonly law: PowerLaw;
  /** What the curve says of today's pictures: steadier than what was measured with one training set of that size. */
  readonly now: number;
  readonly points: readonly ForecastPoint[];
}

/** Fewer sizes say nothing of where a curve goes. */
export const fewestSizes = 4;

const resamples = 1000;

/**
 * Goes on with a learning curve by an inverse power law, for some multiples of its largest size. The interval is over
 * bootstrap draws of repetitions and of judged pictures, both the same at all sizes, and over where the law begins to
 * hold: each draw leaves out a chance number of the smallest sizes, since a curve's beginning falls otherwise than its
 * end. Undefined with fewer than `fewestSizes` sizes.
 */
export function forecast(
  sizes: readonly SizedAnswers[],
  multiples: readonly number[],
  random: Random,
): Forecast | undefined {
  if (sizes.length < fewestSizes) return undefined;
  const ordered = [...sizes].sort((a, b) => a.pictures - b.pictures);
  const judged = ordered[0]!.right[0]!.length;
  const repetitions = Math.max(...ordered.map(({ right }) => right.length));
  // a mean that was alike in all draws is still known to a part of a picture only
  const least = 1 / (4 * judged * judged);
  const weights = ordered.map(({ right }) => 1 / (repeatedAccuracy(right).variance + least));
  const measured = (errors: readonly number[], from: number): MeasuredError[] =>
    ordered.map(({ pictures }, i) => ({ n: pictures, error: errors[i]!, weight: weights[i]! })).slice(from);
  const last = ordered.at(-1)!.pictures;
  const means = ordered.map(({ right }) => 1 - repeatedAccuracy(right).accuracy);
  const law = fitPowerLaw(measured(means, 0));

  const drawn = Array.from({ length: resamples }, () => {
    const rows = Array.from({ length: repetitions }, () => random.below(repetitions));
    const counts = new Float64Array(judged);
    for (let i = 0; i < judged; i++) counts[random.below(judged)]! += 1;
    const errors = ordered.map(({ right }) => 1 - weightedAccuracy(right, rows, counts));
    const from = random.below(ordered.length - fewestSizes + 2);
    return fitPowerLaw(measured(errors, Math.min(from, ordered.length - 3)));
  });
  const points = multiples.map((times): ForecastPoint => {
    const n = Math.round(times * last);
    const accuracies = drawn.map((one) => 1 - errorAt(one, n));
    const gains = drawn.map((one) => errorAt(one, last) - errorAt(one, n));
    return {
      times,
      pictures: n,
      accuracy: median(accuracies),
      ci95: middle95(accuracies),
      gain: median(gains),
      gainCi95: middle95(gains),
    };
  });
  return { law, now: median(drawn.map((one) => 1 - errorAt(one, last))), points };
}

/** Mean accuracy of drawn repetitions on drawn pictures; a size with fewer repetitions goes through its own in turn. */
function weightedAccuracy(right: RightByRepetition, rows: readonly number[], counts: Float64Array): number {
  let [sum, total] = [0, 0];
  const times = new Map<number, number>();
  for (const row of rows) times.set(row % right.length, (times.get(row % right.length) ?? 0) + 1);
  for (const [row, many] of times) {
    const answers = right[row]!;
    for (let i = 0; i < counts.length; i++) if (answers[i]) sum += many * counts[i]!;
    total += many * counts.length;
  }
  return sum / total;
}

function middle95(values: readonly number[]): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.025), at(0.975)];
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)]!;
}
