import type { Forecast } from '../evaluation/forecast.js';

/** What a network gets right after training on so many pictures. */
export interface CurvePoint {
  /** Pictures of each class at most; a class that has fewer gives all. */
  readonly perClass: number;
  /** In all. */
  readonly pictures: number;
  /** Training sets that were drawn; with all pictures there is one. */
  readonly draws: number;
  /** Mean over the draws, on the held-out pictures. */
  readonly accuracy: number;
  /** 95 %: over other draws and other held-out pictures. */
  readonly ci95: readonly [number, number];
  /** Of the single draws. */
  readonly lowest: number;
  readonly highest: number;
}

/** One network's learning curve. */
export interface CurveLine {
  readonly network: 'transferred' | 'lenet5';
  /** For people: `VGG-16 transferred`. */
  readonly title: string;
  readonly points: readonly CurvePoint[];
}

/** Accuracy against pictures a class, and where it goes from there. */
export interface LearningCurve {
  readonly name: string;
  readonly labels: readonly string[];
  /** Held-out pictures, the same at every size. */
  readonly heldOut: number;
  /** What was held out, one sentence. */
  readonly splitDescription: string;
  /** What no classifier is needed for: the share of the most frequent class. */
  readonly chance: number;
  readonly lines: readonly CurveLine[];
  /** Of the first line; absent with fewer than four sizes. */
  readonly forecast?: Forecast;
  readonly warnings: readonly string[];
  readonly nearDuplicates: number;
  /** The command that made it. */
  readonly command: string;
  /** Every option as resolved. */
  readonly config: Readonly<Record<string, unknown>>;
}
