import type { SkippedFile } from '../data/pictures.js';
import type { CheckSummary, Checked } from './check-summary.js';
import type { PlaceMap } from './class-activation-map.js';
import type { Method } from './method-names.js';

/** Why a network answers as it does on one picture, and what the checks say of that. */
export interface ExplainedPicture extends Checked {
  readonly path: string;
  /** What the network says. */
  readonly answer: { readonly label: string; readonly probability: number };
  /** What was asked: why this class, or why rather than that one. */
  readonly question: { readonly class: string; readonly ratherThan?: string };
  /** Of the class asked about; with `ratherThan`, of the two alone. */
  readonly probability: number;
  /** The logit of the class, or the difference of both. */
  readonly score: number;
  readonly map: PlaceMap;
  /** |places + constant − score|; absent where places are not meant to add up (Grad-CAM, occlusion …). */
  readonly completenessError?: number;
}

export interface Explanation {
  readonly method: Method;
  /** The layer whose map it is. */
  readonly layer: string;
  readonly pictures: readonly ExplainedPicture[];
  /** What could not be decoded. */
  readonly broken: readonly SkippedFile[];
  /** Over all pictures, when asked for. */
  readonly check?: CheckSummary;
}
