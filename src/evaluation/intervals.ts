/** A share between 0 and 1 with its doubt. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % point of the normal distribution: two-sided 95 %. */
const z95 = 1.959963984540054;

/**
 * The 95 % Wilson score interval of a proportion (E. B. Wilson 1927): unlike ± 2 standard errors it stays within 0 and
 * 1 and is right for few pictures and for accuracies near 100 %.
 *
 * @param right how many of `count` were right; `count` must be above 0.
 */
export function wilsonInterval(right: number, count: number): Interval {
  if (!(count > 0 && right >= 0 && right <= count)) {
    throw new RangeError(`expected 0 ≤ right ≤ count with a count above 0 but received ${right} of ${count}`);
  }
  const share = right / count;
  const z2 = z95 * z95;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (z95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  return {
    low: right === 0 ? 0 : Math.max(0, centre - half),
    high: right === count ? 1 : Math.min(1, centre + half),
  };
}

/**
 * The 95 % interval of the difference between two classifiers' accuracies on the same pictures: Agresti & Min 2005,
 * which adds half a picture to each of the four cells of the paired table.
 *
 * @param onlyFirst pictures that only the first got right; `onlySecond` likewise.
 */
export function pairedDifferenceInterval(onlyFirst: number, onlySecond: number, count: number): Interval {
  const n = count + 2;
  const [b, c] = [onlyFirst + 0.5, onlySecond + 0.5];
  const difference = (b - c) / n;
  const half = z95 * Math.sqrt((b + c - (b - c) ** 2 / n) / (n * n));
  return { low: Math.max(-1, difference - half), high: Math.min(1, difference + half) };
}
