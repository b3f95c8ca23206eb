import type { FoldPoints, FoldRegressions } from './fold-regressions.js';

/** Fits of one strength, found. */
export interface FoundFits {
  readonly strength: number;
  readonly points: readonly (Float32Array | Float64Array)[];
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
/** How many there are at most: from the last of them, about 6e-6, all weaker fits begin. */
const mostOwn = 15;
const weakest = strongest / ratio ** (mostOwn - 1);
/** Numbers in the fits of one strength up to which a path keeps them: 2 MB each, 32 MB all of them. */
const mostKept = 2 ** 19;
/** How many of the path's own fits, half of them stronger, tell where another one ends. */
const neighbours = 4;

/**
 * Whether fits of a strength take few evaluations because a path tells where they end.
 *
 * @param parameters see `FoldRegressions.parameters`.
 */
export function onStrengthPath(strength: number, parameters: number): boolean {
  return strength <= strongest && strength >= weakest && parameters <= mostKept;
}

/**
 * Where fits begin that are the same but for their strength. A few fits, made as finely as float32 allows at strengths
 * that are always the same, tell all between them, nearer to the minimum than the usual fit from afar gets. Where a fit
 * begins follows from its strength and the examples alone, not from what was fitted before, so that fits come out the
 * same in any order and on any machine. The path's own fits are made when they are first needed, and kept in single
 * precision, as they are evaluated.
 */
export class StrengthPath {
  readonly #regressions: FoldRegressions;
  readonly #shares: readonly Float32Array[];
  readonly #own: FoundFits[] = [];
  /** The next weaker one, while it is being made. */
  #coming: Promise<void> | undefined;

  /** @param shares of each fit, see `FoldRegressions.fit`. */
  constructor(regressions: FoldRegressions, shares: readonly Float32Array[]) {
    this.#regressions = regressions;
    this.#shares = shares;
  }

  /**
   * Points close to the minima; undefined where the strength is so large that zeros are close, or the fits so large that
   * they are not kept. Fits weaker than all of the path's own, which may have no minimum, begin at its weakest.
   *
   * @param strength 0 or more.
   * @throws what `signal` was aborted with.
   */
  async startOf(strength: number, signal?: AbortSignal): Promise<FoldPoints | undefined> {
    if (strength > strongest || this.#regressions.parameters > mostKept) return undefined;
    const within = Math.max(strength, weakest);
    const stronger = Math.floor(Math.log(strongest / within) / Math.log(ratio));
    const first = Math.min(Math.max(0, stronger + 1 - neighbours / 2), mostOwn - neighbours);
    await this.#upTo(first + neighbours, signal);
    return foretold(this.#own.slice(first, first + neighbours), within);
  }

  /** Makes so many of the path's own fits, whoever else has some made meanwhile. */
  async #upTo(count: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.#own.length < count) {
      if (this.#coming) {
        // if it fails, who began it is told; it is made again here
        await this.#coming.catch(() => undefined);
        continue;
      }
      this.#coming = this.#goOn(signal).finally(() => (this.#coming = undefined));
      await this.#coming;
    }
  }

  /** Makes the next weaker of the path's own fits. */
  async #goOn(signal: AbortSignal | undefined): Promise<void> {
    const strength = strongest / ratio ** this.#own.length;
    const starts = foretold(this.#own.slice(-foretelling), strength);
    const points = await this.#regressions.fit(this.#shares, strength, { starts, finely: true, signal });
    this.#own.push({ strength, points: points.map((point) => Float32Array.from(point)) });
  }
}
