import { cellFits } from './cell-fits.js';
import { drawFits } from './draw-fits.js';
import { foldFits } from './fold-fits.js';
import { heldOutFits, trialFits } from './setting-fits.js';
import type { FitKind } from './study-fits.js';

/** A kind of fits whose data come from another machine, which has the same software. */
export type AnyFitKind = FitKind<unknown, unknown, unknown>;

/** All kinds, by their names. */
export const fitKinds: ReadonlyMap<string, AnyFitKind> = new Map(
  [foldFits, trialFits, heldOutFits, cellFits, drawFits].map((kind) => [
    kind.name,
    kind as unknown as AnyFitKind,
  ]),
);
