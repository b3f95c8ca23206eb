import { digestOf } from '../features/feature-key.js';

/** What a worker is told of some fits of a study; all that they share is in a plan, in the shared folder. */
export interface FitsJob {
  readonly store: string;
  readonly plan: string;
  /** What people call the study: `cross-validate pets`. */
  readonly study: string;
  /** What tells each fit from the plan's others. */
  readonly parts: readonly unknown[];
  /** What people call them. */
  readonly names: readonly string[];
}

/** What a worker answers. */
export interface FitsAnswer {
  readonly fits: number;
  /** How many were made now; the others were there. */
  readonly made: number;
}

/** The same for the same fits in the same folder, so that they are never in the queue twice. */
export function fitsId({ store, plan, parts }: Pick<FitsJob, 'store' | 'plan' | 'parts'>): string {
  return `${plan}-${digestOf([store, parts])}`;
}

/** `fold 2 of 5 (cross-validate pets)`. */
export function fitsText({ names, study }: FitsJob): string {
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return `${names[0]}${more} (${study})`;
}
