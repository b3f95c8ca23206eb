/** error(n) = floor + scale · n^−rate. */
export interface PowerLaw {
  /** What no number of pictures removes, 0 to 1. */
  readonly floor: number;
  readonly scale: number;
  /** How fast the rest falls. */
  readonly rate: number;
}

export interface MeasuredError {
  /** Pictures that were trained on. */
  readonly n: number;
  /** Share of wrong answers, 0 to 1. */
  readonly error: number;
  /** What the point counts in the fit: the inverse of its variance. */
  readonly weight: number;
}

/**
 * Rates that are tried. Deep networks' errors were found to fall with rates of 0.07 to 0.35 (Hestness et al. 2017), and
 * the error of a model with a fixed number of parameters, as a head on frozen features is, with up to 1.
 */
const rates = Array.from({ length: 29 }, (_, i) => 0.05 * 20 ** (i / 28));

/**
 * The inverse power law through measured errors (Cortes et al. 1993) with the least weighted squares: for each rate
 * floor and scale are a linear problem with neither below 0.
 *
 * @throws RangeError with fewer than three points: there would be nothing left to tell laws apart by.
 */
export function fitPowerLaw(points: readonly MeasuredError[]): PowerLaw {
  if (points.length < 3) throw new RangeError(`expected three points or more but received ${points.length}`);
  let best: { readonly law: PowerLaw; readonly loss: number } | undefined;
  for (const rate of rates) {
    const law = atRate(points, rate);
    const loss = points.reduce(
      (sum, { n, error, weight }) => sum + weight * (error - errorAt(law, n)) ** 2,
      0,
    );
    if (!best || loss < best.loss) best = { law, loss };
  }
  return best!.law;
}

/** What the law says of n pictures. */
export function errorAt({ floor, scale, rate }: PowerLaw, n: number): number {
  return Math.min(1, floor + scale * n ** -rate);
}

function atRate(points: readonly MeasuredError[], rate: number): PowerLaw {
  let [w, x, y, xx, xy] = [0, 0, 0, 0, 0];
  for (const { n, error, weight } of points) {
    const value = n ** -rate;
    w += weight;
    x += weight * value;
    y += weight * error;
    xx += weight * value * value;
    xy += weight * value * error;
  }
  const scale = (w * xy - x * y) / (w * xx - x * x);
  const floor = (y - scale * x) / w;
  if (scale < 0) return { floor: y / w, scale: 0, rate };
  return floor < 0 ? { floor: 0, scale: xy / xx, rate } : { floor, scale, rate };
}
