/** The mean and standard deviation of a random number. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * What a normally distributed number becomes when it is cut off at 0 and at `highest`: what ReLU and ReLU6 do to it.
 *
 *     clippedNormal({ mean: 0, deviation: 1 })   → mean 1 / √(2π) = 0.399, deviation √(1/2 − 1/(2π)) = 0.584
 */
export function clippedNormal(
  { mean, deviation }: Moments,
  highest: number = Number.POSITIVE_INFINITY,
): Moments {
  if (deviation === 0) return { mean: Math.min(Math.max(mean, 0), highest), deviation };
  const [low, high] = [-mean / deviation, (highest - mean) / deviation];
  const bounded = Number.isFinite(high);
  const [lowDensity, highDensity] = [density(low), density(high)];
  const inside = cumulative(high) - cumulative(low);
  const above = bounded ? 1 - cumulative(high) : 0;
  // Of x = mean + deviation · z with z between both bounds, and of what is cut off above; what is cut off below is 0.
  const first = mean * inside + deviation * (lowDensity - highDensity) + (bounded ? highest * above : 0);
  const tails = low * lowDensity - (bounded ? high * highDensity : 0);
  const second =
    mean ** 2 * inside +
    2 * mean * deviation * (lowDensity - highDensity) +
    deviation ** 2 * (inside + tails) +
    (bounded ? highest ** 2 * above : 0);
  return { mean: first, deviation: Math.sqrt(Math.max(0, second - first ** 2)) };
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The normal distribution's, to 1.5e-7 (Abramowitz & Stegun 1964, formula 7.1.26). */
function cumulative(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp((-z * z) / 2)) / 2;
  return z >= 0 ? 1 - tail : tail;
}
