import { type Affine, determinant, inverse } from './affine.js';
import type { GreyPicture } from './grey-picture.js';
import { leastOverlap } from './normal-equations.js';
import type { Aligned } from './refine.js';
import { side } from './layer.js';
import { bestShifts, type Laid } from './shifts.js';

/** Length of the one picture's pixels in the other's: what cropping by up to a third, either way, makes. */
const scales = [1, 0.86, 0.74, 0.63];
const turns = [0, -7, 7];

/** Pixels that are tried beyond where the smaller picture lies at an edge of the larger one. */
const beyond = 1;

/** One picture tried on another: where places of the smaller one lie in the larger one, unshifted. */
interface Tried {
  readonly within: Affine;
  /** Whether it is the first that is the smaller one. */
  readonly firstWithin: boolean;
}

/**
 * The best placements of `other` on `picture` at 16 × 16 pixels, tried one by one: sizes, small turns, and shifts by
 * whole pixels. Each is near enough for `refine`.
 */
export function coarsePlacements(picture: GreyPicture, other: GreyPicture, count: number): Aligned[] {
  const tried = [...tries(picture.aspect, other.aspect)];
  const best = bestShifts([picture.pyramid[0]!, other.pyramid[0]!], tried.map(laid));
  const found = best.flatMap((shifts, i) => {
    const { within, firstWithin } = tried[i]!;
    const [a, b, , d, e] = within;
    return shifts.map(({ correlation, across, down }): Aligned => {
      const affine: Affine = [a, b, (2 * across) / side, d, e, (2 * down) / side];
      return { affine: firstWithin ? affine : inverse(affine), correlation };
    });
  });
  return found.sort((a, b) => b.correlation - a.correlation).slice(0, count);
}

function* tries(from: number, to: number): Generator<Tried> {
  const stretch = to / from;
  // with the proportions of the pictures, and as if one had been squashed
  const proportions = Math.abs(Math.log(stretch)) < 0.04 ? [1] : [1 / Math.sqrt(stretch), 1];
  for (const proportion of proportions) {
    for (const turn of turns) {
      for (const scale of scales) {
        yield { within: turnedBy(turn, scale, proportion, from, to), firstWithin: true };
        if (scale === 1) continue;
        yield { within: turnedBy(-turn, scale, 1 / proportion, to, from), firstWithin: false };
      }
    }
  }
}

/** A turn by so many degrees as it looks between squashed pictures. */
function turnedBy(turn: number, scale: number, proportion: number, from: number, to: number): Affine {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const mean = Math.sqrt(from * to);
  const [a, b, d, e] = [proportion * cos, -sin / mean, sin * mean, cos / proportion];
  return [scale * a, scale * b, 0, scale * d, scale * e, 0];
}

/** The smaller one is laid out at the larger one's pixels: shifting it is then a matter of places. */
function laid({ within, firstWithin }: Tried): Laid {
  const [wide, high] = [Math.abs(within[0]), Math.abs(within[4])].map((length) =>
    Math.ceil((side * Math.max(0, 1 - length)) / 2 + beyond),
  ) as [number, number];
  const least = leastOverlap * side * side * Math.abs(determinant(within));
  return { above: firstWithin ? 0 : 1, affine: inverse(within), wide, high, least };
}
