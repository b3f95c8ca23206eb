import type { Explanation } from '../explain/explanation.js';

/** What the checks say of one map: see docs/explain.md. */
export interface MapCheck {
  readonly passes: boolean;
  /** Why it doesn't, in words. */
  readonly faults: readonly string[];
  /** Rank correlation with the map of a network whose weights are all random; near 0 is good. */
  readonly correlationUntrained: number;
  /** Mean probability while places are taken away, or shown, in an order: the map's, random, from the middle. */
  readonly deletion: { readonly map: number; readonly random: number; readonly centre: number };
  readonly insertion: { readonly map: number; readonly random: number; readonly centre: number };
}

export function mapCheckOf({ pictures }: Explanation): MapCheck {
  const { verdict, stages, curves } = pictures[0]!;
  return {
    passes: verdict.passes,
    faults: verdict.faults,
    correlationUntrained: stages.at(-1)!.correlation,
    deletion: curves.deletion,
    insertion: curves.insertion,
  };
}
