import { type MeanWithInterval, meanWithInterval } from './bootstrap.js';
import { wilsonInterval } from './intervals.js';

/** Where the pictures of a query's own class came in its ranking. */
export interface RankedQuery {
  /** Places from 1 on of all that are relevant, ascending; at least one. */
  readonly ranks: readonly number[];
  /** How many pictures were ranked. */
  readonly ranked: number;
}

/** How well a search finds pictures of the same class. */
export interface RetrievalMetrics {
  readonly queries: number;
  readonly meanAveragePrecision: MeanWithInterval;
  /** What a random order would come to. */
  readonly chance: number;
  /** The share of queries with at least one picture of their class among the first `k`. */
  readonly recallAt: readonly {
    readonly k: number;
    readonly recall: number;
    readonly ci95: readonly [low: number, high: number];
  }[];
  /** Of the first `k`, the share that is of the query's class. */
  readonly precisionAt: readonly ({ readonly k: number } & MeanWithInterval)[];
}

const depths = [1, 5, 10] as const;

/**
 * Mean average precision, and recall and precision at 1, 5 and 10. Recall at k is as metric learning has it (Jégou,
 * Douze & Schmid 2011: the share of queries answered within k). Intervals say what other queries of the same kind would
 * give on the same collection: by bootstrap for means, Wilson's for shares.
 *
 * @param queries at least one.
 */
export function measureRetrieval(queries: readonly RankedQuery[]): RetrievalMetrics {
  const n = queries.length;
  const within = ({ ranks }: RankedQuery, k: number) => ranks.filter((rank) => rank <= k).length;
  return {
    queries: n,
    meanAveragePrecision: meanWithInterval(queries.map(({ ranks }) => averagePrecision(ranks))),
    chance: queries.reduce((sum, { ranks, ranked }) => sum + expectedPrecision(ranks.length, ranked), 0) / n,
    recallAt: depths.map((k) => {
      const found = queries.filter((query) => within(query, k) > 0).length;
      const { low, high } = wilsonInterval(found, n);
      return { k, recall: found / n, ci95: [low, high] };
    }),
    precisionAt: depths.map((k) => ({
      k,
      ...meanWithInterval(queries.map((query) => within(query, k) / Math.min(k, query.ranked))),
    })),
  };
}

/**
 * The mean of the precisions at the places of the relevant pictures (Manning, Raghavan & Schütze 2008, section 8.4).
 *
 * @param ranks of all relevant ones, from 1 on, ascending.
 */
export function averagePrecision(ranks: readonly number[]): number {
  return ranks.reduce((sum, rank, i) => sum + (i + 1) / rank, 0) / ranks.length;
}

/**
 * What average precision comes to in random order, on average: (H + (N − H) · (R − 1) / (N − 1)) / N for R relevant ones
 * of N, with H = 1 + 1/2 + … + 1/N (Bestgen 2015).
 */
export function expectedPrecision(relevant: number, ranked: number): number {
  let harmonic = 0;
  for (let i = 1; i <= ranked; i++) harmonic += 1 / i;
  const share = ranked > 1 ? (relevant - 1) / (ranked - 1) : 0;
  return (harmonic + (ranked - harmonic) * share) / ranked;
}
