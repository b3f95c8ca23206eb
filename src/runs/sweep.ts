import type { Comparison } from '../evaluation/compare.js';
import type { CorrectedBest } from '../evaluation/selection-bias.js';
import type { Setting } from './sweep-space.js';

/** A setting that was tried. */
export interface Trial {
  /** Empty for the one that is usual. */
  readonly setting: Setting;
  /** Mean over its rounds of cross-validation. */
  readonly accuracy: number;
  /** Of the first round, which all settings were in. */
  readonly first: number;
  /** Rounds before it was dropped. */
  readonly rounds: number;
}

export interface SweepResult {
  readonly name: string;
  readonly labels: readonly string[];
  /** Pictures that chose. */
  readonly pictures: number;
  readonly folds: number;
  readonly how: 'grid' | 'random';
  /** Combinations that made no sense and were left out. */
  readonly senseless: number;
  /** The best first. */
  readonly trials: readonly Trial[];
  /** What the best is worth on other pictures. */
  readonly corrected: CorrectedBest;
  /** On the held-out pictures, which chose nothing. */
  readonly heldOut: {
    readonly n: number;
    readonly best: { readonly accuracy: number; readonly ci95: readonly [number, number] };
    readonly usual: { readonly accuracy: number; readonly ci95: readonly [number, number] };
    /** The best less the usual one. */
    readonly comparison: Comparison;
  };
  readonly splitDescription: string;
  readonly warnings: readonly string[];
  /** The command that made it. */
  readonly command: string;
  readonly config: Readonly<Record<string, unknown>>;
}
