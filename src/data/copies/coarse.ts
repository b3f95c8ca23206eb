import { type Affine, determinant, inverse, warped } from './affine.js';
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
  const layer = emptyLayer();
  const stretch = other.aspect / picture.aspect;
  // with the proportions of the pictures, and as if one had been squashed
  const proportions = Math.abs(Math.log(stretch)) < 0.04 ? [1] : [1 / Math.sqrt(stretch), 1];
  for (const proportion of proportions) {
    for (const turn of turns) {
      for (const scale of scales) {
        const within = turnedBy(turn, scale, proportion, picture.aspect, other.aspect);
        found.push(...shifted(picture, other, within, layer));
        if (scale === 1) continue;
        const around = turnedBy(-turn, scale, 1 / proportion, other.aspect, picture.aspect);
        for (const { affine, correlation } of shifted(other, picture, around, layer)) {
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
 *
 * @param layer is written over.
 */
function shifted(picture: GreyPicture, other: GreyPicture, within: Affine, layer: Layer): Aligned[] {
  const placed = inverse(within);
  const [wide, high] = [Math.abs(within[0]), Math.abs(within[4])].map((length) =>
    Math.ceil((side * Math.max(0, 1 - length)) / 2 + beyond),
  ) as [number, number];
  const least = leastOverlap * side * side * Math.abs(determinant(within));
  warped(picture.pyramid[0]!, placed, side, layer.values);
  findRuns(layer);
  const ground = other.pyramid[0]!;
  const best = [
    { correlation: -Infinity, across: 0, down: 0 },
    { correlation: -Infinity, across: 0, down: 0 },
  ] as const;
  for (let down = -high; down <= high; down++) {
    for (let across = -wide; across <= wide; across++) {
      const correlation = correlationAt(ground, layer, across, down, least);
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

/** A picture as it lies on the pixels of another, where it reaches: runs of neighbours in a row, from top to bottom. */
interface Layer {
  count: number;
  /** Of each run the row, the first column and the one after its last. */
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Of all places; NaN where the picture does not reach. */
  readonly values: Float32Array;
}

/** Room for a layer: one serves all placements of a pair, of which there are a hundred. */
function emptyLayer(): Layer {
  const places = () => new Int32Array(side * side);
  return {
    count: 0,
    rows: places(),
    starts: places(),
    ends: places(),
    values: new Float32Array(side * side),
  };
}

/** Finds where the values of a layer are. */
function findRuns(layer: Layer): void {
  const { rows, starts, ends, values } = layer;
  let count = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (Number.isNaN(values[row * side + column]!)) continue;
      rows[count] = row;
      starts[count] = column;
      while (column < side && !Number.isNaN(values[row * side + column]!)) column++;
      ends[count++] = column;
    }
  }
  layer.count = count;
}

/** Pearson's correlation of the ground with a layer that is shifted by whole pixels, where both are; else NaN. */
function correlationAt(
  ground: Float32Array,
  { count, rows, starts, ends, values }: Layer,
  across: number,
  down: number,
  least: number,
): number {
  let n = 0;
  let p1 = 0;
  let p2 = 0;
  let w1 = 0;
  let w2 = 0;
  let pw = 0;
  for (let run = 0; run < count; run++) {
    const row = rows[run]! + down;
    if (row < 0 || row >= side) continue;
    const start = Math.max(starts[run]!, -across);
    const end = Math.min(ends[run]!, side - across);
    const from = row * side + across;
    const origin = rows[run]! * side;
    for (let column = start; column < end; column++) {
      const p = ground[from + column]!;
      const w = values[origin + column]!;
      p1 += p;
      p2 += p * p;
      w1 += w;
      w2 += w * w;
      pw += p * w;
    }
    if (end > start) n += end - start;
  }
  if (n < least) return Number.NaN;
  const ps = p2 - (p1 * p1) / n;
  const ws = w2 - (w1 * w1) / n;
  return ps < n || ws < n ? Number.NaN : (pw - (p1 * w1) / n) / Math.sqrt(ps * ws);
}
