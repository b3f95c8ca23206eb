import { type Affine, type Placement, placementOf } from './affine.js';
import { type Agreement, agreementOf } from './agreement.js';
import { coarsePlacements } from './coarse.js';
import { type GreyPicture, levels, mirrored } from './grey-picture.js';
import { type Aligned, refine } from './refine.js';

/** Two pictures laid over one another. */
export interface Overlay extends Placement, Agreement {
  /** Whether the one is the other's mirror image. */
  readonly mirror: boolean;
  /** Of both pictures together where both are, −1 to 1. */
  readonly correlation: number;
  readonly affine: Affine;
}

/**
 * Below these correlations at 16 and 32 pixels two pictures cost no further look. Copies come to 0.74 and 0.83 at the
 * least; nine in ten pairs of different photographs stay below the first.
 */
const worthwhile = [0.7, 0.8] as const;
const candidates = 4;

/** Lays one picture over the other as well as it goes, mirrored or not; undefined when they have little in common. */
export function overlay(picture: GreyPicture, other: GreyPicture): Overlay | undefined {
  const tries = [false, true].flatMap((mirror) => {
    const shown = mirror ? mirrored(other) : other;
    return coarsePlacements(picture, shown, candidates).map((coarse) => ({ mirror, shown, ...coarse }));
  });
  let best: ((typeof tries)[number] & Aligned) | undefined;
  for (const one of tries) {
    if (one.correlation < worthwhile[0]) continue;
    const aligned = refineAt(1, picture, one.shown, one.affine, 4);
    if (aligned && aligned.correlation >= worthwhile[1] && aligned.correlation > (best?.correlation ?? 0)) {
      best = { ...one, ...aligned };
    }
  }
  const { shown, mirror } = best ?? {};
  const fine = best && shown && refineAt(2, picture, shown, best.affine, 5);
  if (!fine || mirror === undefined) return undefined;
  const { affine, correlation } = fine;
  return {
    mirror,
    correlation,
    affine,
    ...placementOf(affine, [picture.aspect, shown!.aspect]),
    ...agreementOf(picture, shown!, affine),
  };
}

function refineAt(
  level: number,
  picture: GreyPicture,
  other: GreyPicture,
  start: Affine,
  steps: number,
): Aligned | undefined {
  return refine(picture.pyramid[level]!, other.pyramid[level]!, start, { side: levels[level]!, steps });
}

/** How a copy came about; of several changes the one that people would name. */
export const copyKinds = ['exact', 'resized or recompressed', 'mirrored', 'turned', 'cropped'] as const;
export type CopyKind = (typeof copyKinds)[number];

/**
 * Rises when two pictures may come out with another verdict than before, so that what was kept is not used again: when
 * what follows changes, or how pictures are laid over one another.
 */
export const sameVersion = 2;

/**
 * What makes two pictures one photograph, measured by `scripts/measure-copies.ts`. With few patches there is little to
 * tell pictures by, and two handwritten digits can be turned and cropped to one another: then all must agree. In between,
 * two drawings of one pose against a dark wall agree in 17 of 20 patches, but neither in nearly all nor very well: of 945
 * copies each with fewer than 40 patches does one or the other.
 */
const same = { share: 0.7, median: 0.93, stretch: 1.2, turn: 15, scale: 0.45 } as const;
const few = { patches: 16, fewest: 8, share: 0.95, median: 0.99 } as const;
const some = { patches: 40, share: 0.95, median: 0.975 } as const;

/** Which kind of copy one picture is of the other; undefined when it is none. */
export function copyKind(picture: GreyPicture, other: GreyPicture): CopyKind | undefined {
  const laid = overlay(picture, other);
  if (!laid || !isSame(laid, [picture.aspect, other.aspect])) return undefined;
  if (laid.mirror) return 'mirrored';
  if (Math.abs(laid.turn) >= 1.5) return 'turned';
  const [a, b, c, d, e, f] = laid.affine;
  const moved = Math.max(
    Math.abs(a - 1),
    Math.abs(e - 1),
    Math.abs(b),
    Math.abs(d),
    Math.abs(c),
    Math.abs(f),
  );
  return moved > 0.03 ? 'cropped' : 'resized or recompressed';
}

function isSame(
  { share, patches, median, stretch, turn, affine: [a, b, , d, e] }: Overlay,
  aspects: readonly [number, number],
): boolean {
  const least = patches < few.patches ? few : same;
  if (patches < few.fewest || share < least.share || median < least.median) return false;
  if (patches < some.patches && share < some.share && median < some.median) return false;
  if (Math.abs(turn) > same.turn) return false;
  // proportions are kept, or the whole picture was squashed along its sides to other ones
  const squashed =
    Math.abs(Math.log(aspects[0] / aspects[1])) > 0.04 && Math.max(Math.abs(b), Math.abs(d)) <= 0.05;
  if (stretch > same.stretch && !squashed) return false;
  const lengths = [Math.hypot(a, d), Math.hypot(b, e)];
  return Math.min(...lengths) >= same.scale && Math.max(...lengths) <= 1 / same.scale;
}
