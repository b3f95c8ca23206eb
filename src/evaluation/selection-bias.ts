import type { Random } from '../runtime/random.js';

/** What the best of several settings is worth on other pictures. */
export interface CorrectedBest {
  /** Accuracy, 0 to 1. */
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  /** How much higher the best one's own figure is: by so much it flatters itself. */
  readonly flattery: number;
}

const resamples = 500;

/**
 * The bootstrap bias correction of cross-validation (BBC-CV: Tsamardinos, Greasidou & Borboudakis 2018): pictures are
 * drawn with replacement, the setting that is best on those drawn is judged by those that were not, again and again. No
 * network is trained for it.
 *
 * @param right for each setting, which pictures it got right, each judged by a fit without it.
 * @param losses by what the best was chosen, a loss for each setting and picture; by accuracy unless told.
 */
export function correctedBest(
  right: readonly (readonly boolean[])[],
  random: Random,
  losses?: readonly (readonly number[])[],
): CorrectedBest {
  const settings = right.map((row) => Uint8Array.from(row, Number));
  const gains = losses ? losses.map((row) => Float64Array.from(row, (loss) => -loss)) : settings;
  const n = right[0]!.length;
  const mean = (row: ArrayLike<number>) => Array.from(row).reduce((a, b) => a + b, 0) / n;
  const chosen = gains.reduce((best, row, s) => (mean(row) > mean(gains[best]!) ? s : best), 0);
  const own = mean(settings[chosen]!);
  const found: number[] = [];
  while (found.length < resamples) {
    const counts = new Uint16Array(n);
    for (let i = 0; i < n; i++) counts[random.below(n)]!++;
    let [best, most] = [0, -Infinity];
    for (const [s, row] of gains.entries()) {
      let hits = 0;
      for (let i = 0; i < n; i++) hits += counts[i]! * row[i]!;
      if (hits > most) [best, most] = [s, hits];
    }
    let [hits, left] = [0, 0];
    for (let i = 0; i < n; i++) {
      if (counts[i]! > 0) continue;
      hits += settings[best]![i]!;
      left++;
    }
    found.push(left > 0 ? hits / left : own);
  }
  const sorted = [...found].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (resamples - 1))]!;
  const accuracy = found.reduce((a, b) => a + b, 0) / resamples;
  return { accuracy, ci95: [at(0.025), at(0.975)], flattery: own - accuracy };
}
