import { type NativeBinding, nativeBinding } from '../../runtime/tensorflow.js';
import type { Affine } from './affine.js';
import { emptyLayer, type Layer, layOut, side, within } from './layer.js';
import { farthest, type Ground, groundOf, margin, stride, together } from './ground.js';

/** A picture laid on another, to be shifted over it. */
export interface Laid {
  /** Which of the pair's two lies on the other. */
  readonly above: 0 | 1;
  /** Where places of the lower one lie in it. */
  readonly affine: Affine;
  /** Pixels that it is shifted by at most, to both sides and up and down: no more than `farthest`. */
  readonly wide: number;
  readonly high: number;
  /** Pixels that must lie over one another. */
  readonly least: number;
}

export interface Shift {
  readonly correlation: number;
  /** Pixels to the right and down. */
  readonly across: number;
  readonly down: number;
}

type Pair = readonly [Float32Array, Float32Array];

/**
 * For each way of laying one of two pictures on the other the two shifts by whole pixels at which both correlate best
 * (Pearson), of equals the first; fewer where too few pixels lie over one another or nothing is to be seen.
 *
 * @param pair the pictures' values at the coarsest level.
 */
export function bestShifts(pair: Pair, laid: readonly Laid[]): Shift[][] {
  const inAddon = nativeBinding().bestShifts;
  return inAddon ? askAddon(inAddon, pair, laid) : bestShiftsHere(pair, laid);
}

/** Numbers that the addon (native/shifts.cc) takes for each way and gives for each shift. */
const asked = 10;
const given = 3;

function askAddon(
  inAddon: NonNullable<NativeBinding['bestShifts']>,
  [one, other]: Pair,
  laid: readonly Laid[],
): Shift[][] {
  const pixels = new Float32Array(2 * side * side);
  pixels.set(one);
  pixels.set(other, side * side);
  const ways = new Float64Array(asked * laid.length);
  for (const [i, { above, affine, wide, high, least }] of laid.entries()) {
    ways.set([above, ...affine, wide, high, least], asked * i);
  }
  const best = inAddon(pixels, ways);
  return laid.map((_, i) =>
    [2 * i, 2 * i + 1]
      .map((place) => best.subarray(given * place, given * (place + 1)))
      .map(([correlation, across, down]) => ({ correlation: correlation!, across: across!, down: down! }))
      .filter(({ correlation }) => correlation > -Infinity),
  );
}

/** The same without the addon, to the last bit: twenty times slower. */
export function bestShiftsHere(pair: Pair, laid: readonly Laid[]): Shift[][] {
  const grounds = pair.map(groundOf);
  const layer = emptyLayer();
  const products = new Float64Array(2 * farthest + 1 + together);
  return laid.map(({ above, affine, ...how }) => {
    layOut(layer, pair[above], affine);
    return bestOf(grounds[1 - above]!, layer, how, products);
  });
}

function bestOf(
  ground: Ground,
  layer: Layer,
  { wide, high, least }: Pick<Laid, 'wide' | 'high' | 'least'>,
  products: Float64Array,
): Shift[] {
  let first: Shift | undefined;
  let second: Shift | undefined;
  for (let down = -high; down <= high; down++) {
    // of the first shift of a row, where in the ground the layer's first pixel lies
    const start = (margin + down) * stride + margin - wide;
    for (let i = 0; i <= 2 * wide; i += together) sumProducts(ground, layer, start + i, products, i);
    for (let across = -wide; across <= wide; across++) {
      const correlation = correlationAt(ground, layer, { across, down, least }, products[across + wide]!);
      if (!(correlation > (second?.correlation ?? -Infinity))) continue;
      const shift = { correlation, across, down };
      if (correlation > (first?.correlation ?? -Infinity)) [first, second] = [shift, first];
      else second = shift;
    }
  }
  return [first, second].filter((shift) => shift !== undefined);
}

/** Sums of products at five shifts next to one another. @param at the first of them. */
function sumProducts(
  { values: ground }: Ground,
  { count, rows, starts, ends, values }: Layer,
  at: number,
  out: Float64Array,
  place: number,
): void {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let fifth = 0;
  for (let run = 0; run < count; run++) {
    const row = rows[run]!;
    const end = row * side + ends[run]!;
    let under = at + row * stride + starts[run]!;
    let a = ground[under]!;
    let b = ground[under + 1]!;
    let c = ground[under + 2]!;
    let d = ground[under + 3]!;
    for (let i = row * side + starts[run]!; i < end; i++, under++) {
      const value = values[i]!;
      const e = ground[under + 4]!;
      first += a * value;
      second += b * value;
      third += c * value;
      fourth += d * value;
      fifth += e * value;
      a = b; // the next pixel lies one to the right
      b = c;
      c = d;
      d = e;
    }
  }
  out[place] = first;
  out[place + 1] = second;
  out[place + 2] = third;
  out[place + 3] = fourth;
  out[place + 4] = fifth;
}

/** Variance of brightness from which on there is something to see, in sixteenths. */
const leastVariance = 16 ** 2;

/** NaN where too little lies over one another or is to be seen. @param products of pixels that do, summed. */
function correlationAt(
  ground: Ground,
  layer: Layer,
  { across, down, least }: { readonly across: number; readonly down: number; readonly least: number },
  products: number,
): number {
  const [top, bottom] = [Math.max(0, -down), Math.min(side, side - down)];
  const [left, right] = [Math.max(0, -across), Math.min(side, side - across)];
  const n = within(layer.counts, top, bottom, left, right);
  if (n < least) return Number.NaN;
  const w1 = within(layer.sums, top, bottom, left, right);
  const w2 = within(layer.squares, top, bottom, left, right);
  const { count, rows, starts, ends } = layer;
  const at = (margin + down) * stride + margin + across;
  let p1 = 0;
  let p2 = 0;
  for (let run = 0; run < count; run++) {
    const row = at + rows[run]! * stride;
    const [start, end] = [row + starts[run]!, row + ends[run]!];
    p1 += ground.sums[end]! - ground.sums[start]!;
    p2 += ground.squares[end]! - ground.squares[start]!;
  }
  const ps = p2 - (p1 * p1) / n;
  const ws = w2 - (w1 * w1) / n;
  if (ps < n * leastVariance || ws < n * leastVariance) return Number.NaN;
  return (products - (p1 * w1) / n) / Math.sqrt(ps * ws);
}
