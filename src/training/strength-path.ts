import type { FoldPoints, FoldRegressions } from './fold-regressions.js';

/** Fits of one strength, found. */
export interface FoundFits {
  readonly strength: number;
  readonly points: FoldPoints;
}

/**
 * About where fits of a strength end, told by some of other strengths: the minimum moves smoothly with the logarithm of
 * the strength, here along the polynomial through those that were found (Lagrange's).
 *
 * @returns undefined without any.
 */
export function foretold(found: readonly FoundFits[], strength: number): FoldPoints | undefined {
  if (found.length === 0) return undefined;
  const at = Math.log(strength);
  const places = found.map((one) => Math.log(one.strength));
  const weights = places.map((own) =>
    places.reduce(
      (product, other) => (other === own ? product : (product * (at - other)) / (own - other)),
      1,
    ),
  );
  return found[0]!.points.map((begin, fit) => {
    const point = new Float64Array(begin.length);
    for (const [k, { points }] of found.entries()) {
      const [values, weight] = [points[fit]!, weights[k]!];
      for (let i = 0; i < point.length; i++) point[i]! += weight * values[i]!;
    }
    return point;
  });
}

/** How many stronger fits tell where a weaker one ends: beyond the last of them a parabola errs least. */
export const foretelling = 3;

/** Strength of the first of the path's own fits: there weights are so small that they are found from zeros in a few steps. */
const strongest = 30;
/** How many times weaker each next one is. */
const ratio = 3;
/** Numbers in the fits of one strength up to which a path keeps a dozen of them: 4 MB. */
const mostKept = 2 ** 19;
/** How many of the path's own fits, half of them stronger, tell where another one ends. */
const neighbours = 4;

/**
 * Where fits begin that are the same but for their strength. A few fits, made as finely as float32 allows at strengths
 * that are always the same, tell all between them, nearer to the minimum than the usual fit from afar gets. Where a fit
 * begins follows from its strength and the examples alone, not from what was fitted before, so that fits come out the
 * same in any order and on any machine. The path's own fits are made when they are first needed, and kept.
 */
export class StrengthPath {
  readonly #regressions: FoldRegressions;
  readonly #shares: readonly Float32Array[];
  readonly #own: FoundFits[] = [];

  /** @param shares of each fit, see `FoldRegressions.fit`. */
  constructor(regressions: FoldRegressions, shares: readonly Float32Array[]) {
    this.#regressions = regressions;
    this.#shares = shares;
  }

  /**
   * Points close to the minima; undefined where the strength is so large that zeros are close, or the fits so large that
   * they are not kept.
   *
   * @throws what `signal` was aborted with.
   */
  async startOf(strength: number, signal?: AbortSignal): Promise<FoldPoints | undefined> {
    if (strength > strongest || this.#regressions.parameters > mostKept) return undefined;
    const stronger = Math.floor(Math.log(strongest / strength) / Math.log(ratio));
    const first = Math.max(0, stronger + 1 - neighbours / 2);
    while (this.#own.length < first + neighbours) await this.#goOn(signal);
    return foretold(this.#own.slice(first, first + neighbours), strength);
  }

  /** Makes the next weaker of the path's own fits. */
  async #goOn(signal: AbortSignal | undefined): Promise<void> {
    const strength = strongest / ratio ** this.#own.length;
    const starts = foretold(this.#own.slice(-foretelling), strength);
    const points = await this.#regressions.fit(this.#shares, strength, { starts, finely: true, signal });
    this.#own.push({ strength, points });
  }
}
