import { type Layer, side } from './layer.js';

/** What of a layer lies on the ground, at each of some places: how many pixels, their sum and that of their squares. */
export interface Shown {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function emptyShown(places: number): Shown {
  return {
    counts: new Float64Array(places),
    sums: new Float64Array(places),
    squares: new Float64Array(places),
  };
}

/** Room for `showAt` where no shift to a side is larger. */
export function emptyRunning(widest: number): Shown {
  return emptyShown((side + 1) * (2 * widest + 1));
}

/** The columns that shifts to a side leave of a layer. */
interface Cuts {
  /** Of each of the different ones, which are few, the first column and the one after the last. */
  readonly lefts: readonly number[];
  readonly rights: readonly number[];
  /** For each shift which of them it leaves. */
  readonly ofShifts: readonly number[];
}

/**
 * What of the layer lies on the ground at each shift by up to `high` up and down and `wide` to both sides, row by row,
 * written into `out`.
 *
 * Pixels are added one after the other. Most shifts leave the same columns on the ground, and of those that leave the same
 * first row each but the lowest is on the way to another: a few passes over the layer have all.
 *
 * @param running is written over.
 */
export function showAt(layer: Layer, wide: number, high: number, running: Shown, out: Shown): void {
  const { top, bottom, left, right } = boundsOf(layer);
  const cuts = cutsOf(left, right, wide);
  let first = -1;
  let next = 0;
  for (let down = -high; down <= high; down++) {
    const from = Math.max(top, -down);
    if (from !== first) addRows(layer, from, cuts, running);
    first = from;
    const to = Math.max(from, Math.min(bottom, side - down));
    for (let shift = 0; shift <= 2 * wide; shift++) {
      const place = to * cuts.lefts.length + cuts.ofShifts[shift]!;
      out.counts[next] = running.counts[place]!;
      out.sums[next] = running.sums[place]!;
      out.squares[next++] = running.squares[place]!;
    }
  }
}

function boundsOf({ count, rows, starts, ends }: Layer) {
  if (count === 0) return { top: 0, bottom: 0, left: 0, right: 0 };
  let left: number = side;
  let right = 0;
  for (let run = 0; run < count; run++) {
    left = Math.min(left, starts[run]!);
    right = Math.max(right, ends[run]!);
  }
  return { top: rows[0]!, bottom: rows[count - 1]! + 1, left, right };
}

function cutsOf(left: number, right: number, wide: number): Cuts {
  const lefts: number[] = [];
  const rights: number[] = [];
  const ofShifts: number[] = [];
  for (let shift = -wide; shift <= wide; shift++) {
    const start = Math.max(left, -shift);
    const end = Math.min(right, side - shift);
    if (start !== lefts.at(-1) || end !== rights.at(-1)) {
      lefts.push(start);
      rights.push(end);
    }
    ofShifts.push(lefts.length - 1);
  }
  return { lefts, rights, ofShifts };
}

/** Adds up the layer within all cuts at once. @param out for each row what lies from row `from` to before it. */
function addRows(
  { rows, starts, ends, values, count }: Layer,
  from: number,
  { lefts, rights }: Cuts,
  { counts, sums, squares }: Shown,
): void {
  const cuts = lefts.length;
  for (let place = from * cuts; place < (from + 1) * cuts; place++) {
    counts[place] = 0;
    sums[place] = 0;
    squares[place] = 0;
  }
  let run = 0;
  while (run < count && rows[run]! < from) run++;
  for (let row = from; row < side; row++) {
    const above = row * cuts;
    const below = above + cuts;
    for (let cut = 0; cut < cuts; cut++) {
      counts[below + cut] = counts[above + cut]!;
      sums[below + cut] = sums[above + cut]!;
      squares[below + cut] = squares[above + cut]!;
    }
    for (; run < count && rows[run] === row; run++) {
      for (let cut = 0; cut < cuts; cut++) {
        const start = Math.max(starts[run]!, lefts[cut]!);
        const end = Math.min(ends[run]!, rights[cut]!);
        let sum = sums[below + cut]!;
        let square = squares[below + cut]!;
        for (let at = row * side + start; at < row * side + end; at++) {
          const value = values[at]!;
          sum += value;
          square += value * value;
        }
        sums[below + cut] = sum;
        squares[below + cut] = square;
        if (end > start) counts[below + cut]! += end - start;
      }
    }
  }
}
