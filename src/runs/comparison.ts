import type { PairedDifference } from '../evaluation/paired-repetitions.js';

/** One base with one head. */
export interface ComparedNetwork {
  readonly base: string;
  /** A weight file of one's own, as it was given. */
  readonly weights?: string;
  readonly head: string;
  /** For people: `VGG-16, linear`. */
  readonly title: string;
  /** Mean over the seeds, on held-out pictures. */
  readonly accuracy: number;
  /** 95 %: over other seeds and other held-out pictures. */
  readonly ci95: readonly [number, number];
  /** Of the single seeds, in order. */
  readonly bySeed: readonly number[];
  /** Of the base up to its cut and the head. */
  readonly parameters: number;
  /** Of the base, for one picture. */
  readonly multiplyAdds: number;
}

/** Two of the networks, on the same pictures. */
export interface ComparedPair extends PairedDifference {
  /** Places among the networks; the first has the higher accuracy. */
  readonly first: number;
  readonly second: number;
  /** After Holm's correction for all pairs. */
  readonly adjustedP: number;
}

export interface NetworkComparison {
  readonly name: string;
  readonly labels: readonly string[];
  readonly seeds: readonly number[];
  /** Pictures that were held out under some seed. */
  readonly judged: number;
  /** Whether each seed holds out pictures of its own. */
  readonly ownSplits: boolean;
  readonly splitDescription: string;
  readonly networks: readonly ComparedNetwork[];
  readonly pairs: readonly ComparedPair[];
  readonly warnings: readonly string[];
  /** The command that made it. */
  readonly command: string;
  readonly config: Readonly<Record<string, unknown>>;
}
