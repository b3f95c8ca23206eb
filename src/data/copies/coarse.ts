import { type Affine, determinant, inverse, warped } from './affine.js';
import type { GreyPicture } from './grey-picture.js';
import { leastOverlap } from './normal-equations.js';
import type { Aligned } from './refine.js';
import { emptyLayer, findRuns, type Layer, side } from './layer.js';
import { correlateShifted, emptyShifts, type Ground, groundOf, type Shifts } from './shifts.js';

/** Length of the one picture's pixels in the other's: what cropping by up to a third, either way, makes. */
const scales = [1, 0.86, 0.74, 0.63];
const turns = [0, -7, 7];

/** Pixels that are tried beyond where the smaller picture lies at an edge of the larger one. */
const beyond = 1;

/**
 * The best placements of `other` on `picture` at 16 × 16 pixels, tried one by one: sizes, small turns, and shifts by
 * whole pixels. Each is near enough for `refine`.
 */
export function coarsePlacements(picture: GreyPicture, other: GreyPicture, count: number): Aligned[] {
  const found: Aligned[] = [];
  const room = { layer: emptyLayer(), shifts: emptyShifts() };
  const [ground, otherGround] = [groundOf(picture.pyramid[0]!), groundOf(other.pyramid[0]!)];
  const stretch = other.aspect / picture.aspect;
  // with the proportions of the pictures, and as if one had been squashed
  const proportions = Math.abs(Math.log(stretch)) < 0.04 ? [1] : [1 / Math.sqrt(stretch), 1];
  for (const proportion of proportions) {
    for (const turn of turns) {
      for (const scale of scales) {
        const within = turnedBy(turn, scale, proportion, picture.aspect, other.aspect);
        found.push(...shifted(picture, otherGround, within, room));
        if (scale === 1) continue;
        const around = turnedBy(-turn, scale, 1 / proportion, other.aspect, picture.aspect);
        for (const { affine, correlation } of shifted(other, ground, around, room)) {
          found.push({ affine: inverse(affine), correlation });
        }
      }
    }
  }
  return found.sort((a, b) => b.correlation - a.correlation).slice(0, count);
}

/** A turn by so many degrees as it looks between squashed pictures. */
function turnedBy(turn: number, scale: number, proportion: number, from: number, to: number): Affine {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const mean = Math.sqrt(from * to);
  const [a, b, d, e] = [proportion * cos, -sin / mean, sin * mean, cos / proportion];
  return [scale * a, scale * b, 0, scale * d, scale * e, 0];
}

/**
 * The two best shifts for a size and turn that make `picture` as large as the ground's picture or smaller. `picture` is
 * laid out once, at the pixels of the ground; shifting it is then a matter of places.
 *
 * @param room is written over.
 */
function shifted(
  picture: GreyPicture,
  ground: Ground,
  within: Affine,
  { layer, shifts }: { readonly layer: Layer; readonly shifts: Shifts },
): Aligned[] {
  const placed = inverse(within);
  const [wide, high] = [Math.abs(within[0]), Math.abs(within[4])].map((length) =>
    Math.ceil((side * Math.max(0, 1 - length)) / 2 + beyond),
  ) as [number, number];
  const least = leastOverlap * side * side * Math.abs(determinant(within));
  warped(picture.pyramid[0]!, placed, side, layer.values);
  findRuns(layer);
  correlateShifted(ground, layer, { wide, high, least }, shifts);
  const best = [
    { correlation: -Infinity, across: 0, down: 0 },
    { correlation: -Infinity, across: 0, down: 0 },
  ] as const;
  let next = 0;
  for (let down = -high; down <= high; down++) {
    for (let across = -wide; across <= wide; across++) {
      const correlation = shifts.correlations[next++]!;
      if (!(correlation > best[1].correlation)) continue; // of equals the first
      if (correlation > best[0].correlation) {
        Object.assign(best[1], best[0]);
        Object.assign(best[0], { correlation, across, down });
      } else Object.assign(best[1], { correlation, across, down });
    }
  }
  const [a, b, , d, e] = within;
  return best
    .filter(({ correlation }) => correlation > -Infinity)
    .map(({ correlation, across, down }) => ({
      affine: [a, b, (2 * across) / side, d, e, (2 * down) / side],
      correlation,
    }));
}
