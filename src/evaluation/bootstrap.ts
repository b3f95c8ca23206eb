import { Random } from '../runtime/random.js';

/** A mean over pictures with its doubt. */
export interface MeanWithInterval {
  readonly mean: number;
  readonly n: number;
  /** 95 %; absent for too few pictures to say. */
  readonly ci95?: readonly [low: number, high: number];
}

/** From fewer than this a bootstrap interval is too narrow to be honest. */
const fewest = 10;

const resamples = 2000;

/**
 * The mean and its 95 % percentile bootstrap interval (Efron 1979): what the mean would be on other pictures of the same
 * kind. The same values give the same interval.
 */
export function meanWithInterval(values: readonly number[]): MeanWithInterval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < fewest) return { mean, n };
  const random = new Random(n);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.below(n)]!;
    return sum / n;
  }).sort();
  const at = (share: number) => means[Math.round(share * (resamples - 1))]!;
  return { mean, n, ci95: [at(0.025), at(0.975)] };
}
