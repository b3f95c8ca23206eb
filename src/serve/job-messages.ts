import type { Correction, CorrectOptions } from '../recipes/correct.js';
import type { LearnedPicture } from '../recipes/training-features.js';
import type { DeviceName } from '../runtime/gpu.js';
import type { MapCheck } from './map-check.js';

/** Work that takes its time, in a process of its own, which ends with it. */
export type JobRequest = { readonly run: string; readonly device: DeviceName } & (
  | { readonly kind: 'training features'; readonly data?: string | undefined; readonly file: string }
  | ({ readonly kind: 'correct' } & CorrectOptions)
  | { readonly kind: 'check map'; readonly file: string; readonly class: string }
);

/** What comes back for each kind. */
export interface JobResults {
  readonly 'training features': LearnedPicture[];
  readonly correct: Correction;
  readonly 'check map': MapCheck;
}
