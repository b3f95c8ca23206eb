import type { CopyKind } from '../data/copies/same-photograph.js';
import type { SkippedFile } from '../data/pictures.js';
import type { FactTest } from '../evaluation/shortcuts.js';

/** Pictures that all show one photograph. */
export interface CheckedCopies {
  /** Paths relative to the folder. */
  readonly pictures: readonly { readonly path: string; readonly part: string; readonly label: string }[];
  readonly kinds: readonly CopyKind[];
  /** Whether some train and some are held out or choose, in a folder with parts. */
  readonly acrossParts: boolean;
  /** Whether they are filed under more than one class. */
  readonly acrossClasses: boolean;
}

/** A picture whose label the others contradict. */
export interface CheckedLabel {
  readonly path: string;
  readonly label: string;
  /** The class that it looks like instead, and how sure a classifier is that has not seen it. */
  readonly looksLike: string;
  readonly probability: number;
  /** Probability of its label. */
  readonly labelProbability: number;
}

/** One thing that is worth doing, and why. */
export interface Advice {
  readonly about: 'broken' | 'copies' | 'labels' | 'shortcuts' | 'imbalance' | 'few' | 'folder';
  /** One sentence: what there is. */
  readonly finding: string;
  /** One sentence: what to do. */
  readonly todo: string;
  /** What makes figures wrong is a fault; the rest is for a person to weigh. */
  readonly grave: boolean;
}

/** What a folder of pictures is like, before anything is trained on it. */
export interface FolderCheck {
  /** As it was given. */
  readonly folder: string;
  readonly layout: 'flat' | 'parts';
  readonly pictures: number;
  readonly classes: readonly {
    readonly label: string;
    readonly pictures: number;
    /** With parts: how many each has. */
    readonly parts: Readonly<Record<string, number>>;
  }[];
  readonly broken: readonly SkippedFile[];
  readonly copies: readonly CheckedCopies[];
  /** Absent where labels could not be judged; `why` says so. */
  readonly labels: {
    readonly suspicious: readonly CheckedLabel[];
    /** Of the out-of-fold answers, the share that is the label. */
    readonly agreement?: number;
    readonly why?: string;
  };
  readonly shortcuts: readonly FactTest[];
  readonly warnings: readonly string[];
  readonly advice: readonly Advice[];
}
