import type { Random } from '../runtime/random.js';
import { wilsonInterval } from './intervals.js';

/**
 * Pictures unlike any that was trained on, by the distance to their nearest neighbours among these in features divided by
 * their length (Sun, Ming, Zhu & Li 2022). How far is too far is told by the training pictures' own distances, each without
 * itself: the features are those of a frozen network, which has not learned from them.
 */
export interface LikenessReference {
  /** Values a picture has. */
  readonly width: number;
  /** The trained pictures' features of length 1, each divided by its own scale and rounded, one after the other. */
  readonly rows: Int8Array;
  readonly scales: Float32Array;
  /** The distance of each of them to its neighbour among the others, ascending. */
  readonly distances: Float32Array;
}

/** How like the trained pictures one is. */
export interface Likeness {
  /** To the neighbour, 0 to 2. */
  readonly distance: number;
  /** About the share of pictures of the trained kind that would be at least as far away: a conformal p-value, never 0. */
  readonly share: number;
  /** Whether that share is so small that the picture is called unlike anything that was trained on. */
  readonly unlike: boolean;
}

/** Of pictures of the trained kind, the share that may be called unlike them. */
export const falseAlarms = 0.02;

/** The distance is that to the fifth nearest: one or two copies make no neighbourhood, and small classes have five. */
const neighbour = 5;

const mostPictures = 2000;
const mostBytes = 2 ** 21;

/** About the product of each vector with each row, a list for each vector; an error of 0.001 of the lengths does no harm. */
export type ProductsOf = (vectors: readonly Float32Array[], rows: Int8Array) => readonly Float32Array[];

/**
 * Keeps what is needed to tell pictures apart that are unlike these; undefined of fewer than seven, too few for a
 * neighbourhood.
 *
 * @param count of trained pictures; of many, a random part is kept.
 * @param featureOf the `width` values of the picture at a place.
 * @param productsOf spares most of the work; the distances come out the same.
 */
export function likenessReference(
  count: number,
  width: number,
  featureOf: (place: number) => Float32Array,
  random: Random,
  productsOf?: ProductsOf,
): LikenessReference | undefined {
  if (count < neighbour + 2) return undefined;
  const most = Math.min(mostPictures, Math.floor(mostBytes / width));
  const kept = random.shuffle(Array.from({ length: count }, (_, i) => i)).slice(0, most);
  const unit = kept.map((place) => ofLengthOne(featureOf(place)));
  const scales = Float32Array.from(
    unit,
    (row) => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127 || 1,
  );
  const rows = new Int8Array(kept.length * width);
  for (const [i, row] of unit.entries())
    rows.set(
      row.map((value) => Math.round(value / scales[i]!)),
      i * width,
    );
  const reference = { width, rows, scales };
  const about = productsOf?.(unit, rows);
  const distances = Float32Array.from(unit, (row, i) => distanceTo(reference, row, i, about?.[i])).sort();
  return { ...reference, distances };
}

/** How many of some pictures are called unlike those that were trained on. */
export interface UnlikeFigures {
  readonly n: number;
  readonly unlike: number;
  /** Share of them, with its 95 % Wilson interval. */
  readonly share: number;
  readonly ci95: readonly [number, number];
  /** The share to expect of pictures of the trained kind. */
  readonly expected: number;
}

/** @throws RangeError when there are no pictures. */
export function unlikeFigures(
  reference: Pick<LikenessReference, 'distances'>,
  pictures: readonly Pick<Likeness, 'unlike'>[],
): UnlikeFigures {
  const n = pictures.length;
  const unlike = pictures.filter((one) => one.unlike).length;
  const { low, high } = wilsonInterval(unlike, n);
  return { n, unlike, share: unlike / n, ci95: [low, high], expected: alarmRate(reference) };
}

/** A picture's feature from the activations [height, width, channels] or [channels] of a layer: each channel's mean. */
export function pooledFeature(activations: Float32Array, shape: readonly number[]): Float32Array {
  const channels = shape.at(-1)!;
  if (activations.length === channels) return activations;
  const mean = new Float64Array(channels);
  for (let i = 0; i < activations.length; i++) mean[i % channels]! += activations[i]!;
  return Float32Array.from(mean, (sum) => (sum * channels) / activations.length);
}

/** @param feature the picture's `width` values. */
export function likenessTo(reference: LikenessReference, feature: Float32Array): Likeness {
  return likenessesTo(reference, [feature])[0]!;
}

/** The same of several pictures; `productsOf` spares most of the work. */
export function likenessesTo(
  reference: LikenessReference,
  features: readonly Float32Array[],
  productsOf?: ProductsOf,
): Likeness[] {
  const { distances, rows } = reference;
  const units = features.map(ofLengthOne);
  const about = productsOf?.(units, rows);
  return units.map((unit, i) => {
    const distance = Math.fround(distanceTo(reference, unit, -1, about?.[i]));
    const asFar = distances.reduce((count, one) => count + (one >= distance ? 1 : 0), 0);
    const share = (1 + asFar) / (1 + distances.length);
    return { distance, share, unlike: share <= alarmRate(reference) };
  });
}

/** The share of pictures of the trained kind that are called unlike it: of few pictures, only what is further than all. */
export function alarmRate({ distances }: Pick<LikenessReference, 'distances'>): number {
  return Math.max(falseAlarms, 1 / (1 + distances.length));
}

/** Twice what a squared distance may be off by where products are off by 0.001. */
const roughly = 0.004;

/**
 * @param without the place of the picture itself, if it is one of them.
 * @param products about those of `unit` and each row: with them only what may be a neighbour is looked at.
 */
function distanceTo(
  { width, rows, scales }: Omit<LikenessReference, 'distances'>,
  unit: Float32Array,
  without = -1,
  products?: Float32Array,
): number {
  const nearest = new Smallest();
  let furthest = Infinity;
  if (products) {
    const about = new Smallest();
    for (let i = 0; i < scales.length; i++) {
      if (i !== without) about.add(2 - 2 * products[i]! * scales[i]!);
    }
    furthest = about.last + roughly;
  }
  for (let i = 0; i < scales.length; i++) {
    if (i === without || (products && 2 - 2 * products[i]! * scales[i]! > furthest)) continue;
    let product = 0;
    for (let j = 0, at = i * width; j < width; j++, at++) product += unit[j]! * rows[at]!;
    nearest.add(2 - 2 * product * scales[i]!);
  }
  return Math.sqrt(Math.max(0, nearest.last));
}

/** The smallest `neighbour` of some numbers. */
class Smallest {
  readonly #values: number[] = [];

  /** The largest of them; infinite while there are fewer. */
  get last(): number {
    return this.#values[neighbour - 1] ?? Infinity;
  }

  add(value: number): void {
    if (value >= this.last) return;
    const values = this.#values;
    let place = values.length;
    while (place > 0 && values[place - 1]! > value) place--;
    values.splice(place, 0, value);
    if (values.length > neighbour) values.pop();
  }
}

function ofLengthOne(feature: Float32Array): Float32Array {
  let squares = 0;
  for (const value of feature) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  return feature.map((value) => value / length);
}
