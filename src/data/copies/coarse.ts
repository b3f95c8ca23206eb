import { type Affine, determinant, inverse, warpedPlaces } from './affine.js';
import type { GreyPicture } from './grey-picture.js';
import { type Aligned, leastOverlap } from './refine.js';

/** Length of the one picture's pixels in the other's: what cropping by up to a third, either way, makes. */
const scales = [1, 0.86, 0.74, 0.63];
const turns = [0, -7, 7];

const side = 16;
/** Pixels that are tried beyond where the smaller picture lies at an edge of the larger one. */
const beyond = 1;

/**
 * The best placements of `other` on `picture` at 16 × 16 pixels, tried one by one: sizes, small turns, and shifts by
 * whole pixels. Each is near enough for `refine`.
 */
export function coarsePlacements(picture: GreyPicture, other: GreyPicture, count: number): Aligned[] {
  const found: Aligned[] = [];
  const stretch = other.aspect / picture.aspect;
  // with the proportions of the pictures, and as if one had been squashed
  const proportions = Math.abs(Math.log(stretch)) < 0.04 ? [1] : [1 / Math.sqrt(stretch), 1];
  for (const proportion of proportions) {
    for (const turn of turns) {
      for (const scale of scales) {
        const within = turnedBy(turn, scale, proportion, picture.aspect, other.aspect);
        found.push(...shifted(picture, other, within));
        if (scale === 1) continue;
        const around = turnedBy(-turn, scale, 1 / proportion, other.aspect, picture.aspect);
        for (const { affine, correlation } of shifted(other, picture, around)) {
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
 * The two best shifts for a size and turn that make `picture` as large as `other` or smaller. `picture` is laid out once,
 * at the pixels of `other`; shifting it is then a matter of places.
 */
function shifted(picture: GreyPicture, other: GreyPicture, within: Affine): Aligned[] {
  const placed = inverse(within);
  const [wide, high] = [Math.abs(within[0]), Math.abs(within[4])].map((length) =>
    Math.ceil((side * Math.max(0, 1 - length)) / 2 + beyond),
  ) as [number, number];
  const whole = side * Math.abs(determinant(within));
  const layer = warpedPlaces(picture.pyramid[0]!, placed, side);
  const ground = other.pyramid[0]!;
  const found: Aligned[] = [];
  for (let down = -high; down <= high; down++) {
    for (let across = -wide; across <= wide; across++) {
      const correlation = correlationAt(ground, layer, across, down, leastOverlap * side * whole);
      if (correlation === undefined) continue;
      const affine: Affine = [
        within[0],
        within[1],
        (2 * across) / side,
        within[3],
        within[4],
        (2 * down) / side,
      ];
      found.push({ affine, correlation });
    }
  }
  return found.sort((x, y) => y.correlation - x.correlation).slice(0, 2);
}

interface Layer {
  /** Places in the square, row · side + column, and values there. */
  readonly rows: Int16Array;
  readonly columns: Int16Array;
  readonly values: Float32Array;
}

/** Pearson's correlation of the ground with a layer that is shifted by whole pixels, where both are. */
function correlationAt(
  ground: Float32Array,
  { rows, columns, values }: Layer,
  across: number,
  down: number,
  least: number,
): number | undefined {
  let n = 0;
  let p1 = 0;
  let p2 = 0;
  let w1 = 0;
  let w2 = 0;
  let pw = 0;
  for (let i = 0; i < values.length; i++) {
    const row = rows[i]! + down;
    const column = columns[i]! + across;
    if (row < 0 || column < 0 || row >= side || column >= side) continue;
    const p = ground[row * side + column]!;
    const w = values[i]!;
    n++;
    p1 += p;
    p2 += p * p;
    w1 += w;
    w2 += w * w;
    pw += p * w;
  }
  if (n < least) return undefined;
  const ps = p2 - (p1 * p1) / n;
  const ws = w2 - (w1 * w1) / n;
  return ps < n || ws < n ? undefined : (pw - (p1 * w1) / n) / Math.sqrt(ps * ws);
}
