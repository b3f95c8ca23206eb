import type { PairedDifference } from '../evaluation/paired-repetitions.js';
import type { PooledMetrics } from '../evaluation/pooled-metrics.js';

/** One network, judged on every picture by fits that had not seen it. */
export interface CrossValidatedNetwork {
  readonly title: string;
  readonly metrics: PooledMetrics;
  /** The accuracy of each repetition. */
  readonly byRepetition: readonly number[];
}

export interface CrossValidationResult {
  readonly name: string;
  readonly labels: readonly string[];
  readonly folds: number;
  readonly repeats: number;
  /** Which pictures were judged, and which were left alone, one sentence. */
  readonly pictures: string;
  /** What stays in one fold. */
  readonly kept: string;
  readonly chance: number;
  readonly network: CrossValidatedNetwork;
  readonly baseline?: CrossValidatedNetwork;
  /** The network less the baseline. */
  readonly difference?: PairedDifference;
  readonly warnings: readonly string[];
  /** The command that made it. */
  readonly command: string;
  readonly config: Readonly<Record<string, unknown>>;
}
