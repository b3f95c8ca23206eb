import type { Dropped } from '../data/copies/dedupe.js';
import type { SkippedFile } from '../data/pictures.js';
import type { Comparison } from '../evaluation/compare.js';
import type { SetFigures } from '../evaluation/conformal.js';
import type { UnlikeFigures } from '../evaluation/likeness.js';
import type { Metrics } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import type { SelectiveFigures } from '../evaluation/selective.js';
import type { DeviceFacts } from '../runtime/device.js';
import type { EpochRecord } from '../runtime/progress.js';
import type { HeadChoice } from '../training/blend-choice.js';
import type { Leak } from './copies-in-run.js';
import type { ImagenetNamesake } from '../zoo/imagenet-names.js';

/** One trained network in a report. */
export interface NetworkResult {
  /** For people: `VGG-16 transferred`. */
  readonly title: string;
  readonly trainableParameters: number;
  /** What it took: features and training. */
  readonly seconds: number;
  readonly history: readonly EpochRecord[];
  /** On the held-out pictures. */
  readonly test: Metrics;
  readonly predictions: readonly LabelledPrediction[];
}

export type { Comparison };

/** Of the files in a run folder; config.json names it. It rises when an older reader would misread a newer folder. */
export const runVersion = 1;

/** What to do where a file of a run is damaged. */
export const trainAgain = 'Copy the whole run folder once more, or train it again.';

/** What a run may say of its own sureness; the figures are of the held-out pictures, which had no part in any choice. */
export interface SurenessMetrics {
  /** The pictures that chose, and how they were judged: see `Sureness`. */
  readonly calibration: { readonly n: number; readonly from: 'folds' | 'validation' };
  /** Sets of classes for each coverage that so many pictures can vouch for. */
  readonly sets: readonly (SetFigures & { readonly asked: number; readonly threshold: number })[];
  /** Accuracy against the share that is answered. */
  readonly selective: readonly SelectiveFigures[];
  /** For the accuracy asked for: the threshold that the calibration pictures chose, if they could; what came of it. */
  readonly suggestion: (SelectiveFigures & { readonly target: number }) | null;
  readonly unlike?: UnlikeFigures;
}

/** What metrics.json holds. */
export interface RunMetrics {
  readonly test: Metrics;
  readonly heldOut: 'test' | 'val';
  /** Absent where there was nothing to judge by: prototypes of one picture a class. */
  readonly validation?: {
    readonly accuracy: number;
    readonly ci95: readonly [number, number];
    readonly n: number;
    /** Where cross-validation took the place of the validation pictures: into how many folds all others were dealt. */
    readonly folds?: number;
  };
  /** With unfrozen layers: the head on the wholly frozen base, and what unfreezing brought. */
  readonly frozen?: { readonly test: Metrics; readonly comparison: Comparison };
  readonly baseline?: { readonly model: 'lenet5'; readonly test: Metrics; readonly trainSeconds: number };
  readonly comparison?: Comparison;
  /**
   * The classes that have the name of one of ImageNet's 1000, on which the base was trained; absent where they were not
   * looked up: weights of the user's own, names that could not be had, older versions.
   */
  readonly imagenet?: readonly ImagenetNamesake[];
  /** Of a head that was searched for (--effort best): what was chosen, and by how much that flatters itself. */
  readonly choice?: HeadChoice;
  /** Absent in runs of older versions. */
  readonly sureness?: SurenessMetrics;
  readonly timing: {
    readonly decodeMsPerImage: number;
    readonly extractMsPerImage: number;
    readonly trainSeconds: number;
    readonly totalSeconds: number;
  };
  readonly precision: string;
  readonly device: string;
  readonly parameters: { readonly trainable: number; readonly frozen: number };
}

/** Which places of mistakes speak for what was said, and which for what is right. */
export interface MistakeMaps {
  /** How they were made, and of which layer. */
  readonly method: string;
  readonly layer: string;
  /** Mean rank correlation of the maps with those of random weights: of the last layer, and of all. */
  readonly randomWeights: { readonly lastLayer: number; readonly all: number };
  /** By the picture's path. */
  readonly maps: ReadonlyMap<string, MistakeMap>;
}

/** A mean probability while places are blurred, or shown, in an order: the map's, a random one, from the middle. */
interface ByOrder {
  readonly map: number;
  readonly random: number;
  readonly centre: number;
}

/** Of one mistake. */
export interface MistakeMap {
  /** JPEGs: the maps of the answer given and of the right one. */
  readonly said: Uint8Array;
  readonly truth: Uint8Array;
  /** What becomes of the given answer's probability; better: low when blurred first, high when shown first. */
  readonly curves: { readonly deletion: ByOrder; readonly insertion: ByOrder };
  /** Why the map of the answer given doesn't pass its checks; empty when it does. */
  readonly faults: readonly string[];
}

/** Training pictures like a mistake, the nearest first. */
export type NearestPictures = readonly {
  readonly path: string;
  readonly label: number;
  /** Of the features, as a search compares them: −1 to 1. */
  readonly similarity: number;
}[];

/** Training pictures as they are and as training has seen them. */
export interface AugmentedSamples {
  /** What was done to them, in words. */
  readonly how: string;
  readonly rows: readonly {
    readonly path: string;
    /** JPEGs: the picture as it is, then altered. */
    readonly pictures: readonly Uint8Array[];
  }[];
}

/** All that a finished run has to tell. */
export interface RunResult {
  readonly name: string;
  readonly labels: readonly string[];
  readonly metrics: RunMetrics;
  readonly transferred: NetworkResult;
  /** With unfrozen layers: the head on the wholly frozen base. */
  readonly frozen?: NetworkResult;
  readonly baseline?: NetworkResult;
  /** What was held out and what chose, one sentence. */
  readonly splitDescription: string;
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Held-out pictures that show a photograph which trained or chose too. */
  readonly leaks: readonly Leak[];
  /** Copies that were left out. */
  readonly dropped: readonly Dropped[];
  /** With --augment. */
  readonly augmented?: AugmentedSamples;
  /** Of the surest mistakes. */
  readonly mistakeMaps?: MistakeMaps;
  /** By the path of a mistake. */
  readonly nearest?: ReadonlyMap<string, NearestPictures>;
  readonly device: DeviceFacts;
  /** Which maps of the base the classifier reads, at what size of the picture. */
  readonly features: string;
  /** Every option as resolved, seed, versions, device: config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The command that made it. */
  readonly command: string;
  /** A picture of the data folder as a small JPEG; undefined when it cannot be read any more. */
  readonly thumbnail: (path: string) => Promise<Uint8Array | undefined>;
}
