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
/** Of so many pictures the interval is narrow, and fewer resamples find it. */
const mostDraws = 4e7;

/**
 * The 95 % percentile bootstrap interval (Efron 1979) of a figure over `n` pictures: what it would be on other pictures of
 * the same kind. The same pictures give the same interval; undefined for too few of them to say.
 *
 * @param figure of the pictures at these places, some of which come more than once; the array is used again.
 */
export function bootstrapInterval(
  n: number,
  figure: (places: Int32Array) => number,
): readonly [low: number, high: number] | undefined {
  if (n < fewest) return undefined;
  const random = new Random(n);
  const places = new Int32Array(n);
  const count = Math.round(Math.min(resamples, Math.max(resamples / 10, mostDraws / n)));
  const figures = Float64Array.from({ length: count }, () => {
    for (let i = 0; i < n; i++) places[i] = random.below(n);
    return figure(places);
  }).sort();
  const at = (share: number) => figures[Math.round(share * (count - 1))]!;
  return [at(0.025), at(0.975)];
}

/** The mean and its 95 % bootstrap interval. */
export function meanWithInterval(values: readonly number[]): MeanWithInterval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const ci95 = bootstrapInterval(n, (places) => {
    let sum = 0;
    for (const place of places) sum += values[place]!;
    return sum / n;
  });
  return { mean, n, ...(ci95 && { ci95 }) };
}
