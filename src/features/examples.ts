import type { Random } from '../runtime/random.js';
import { sizeOf } from '../formats/tensors.js';

/** Labelled inputs of a network that is being trained: rows of a feature store, or an array in memory. */
export interface Examples {
  readonly size: number;
  /** The shape of one example, without the batch. */
  readonly shape: readonly number[];
  /** The class of each example. */
  readonly labels: readonly number[];
  /** For each what it must not be parted from by cross-validation; undefined: from nothing. */
  readonly groups?: readonly (string | undefined)[];
  /**
   * Other looks of the same examples, mirrored or cropped, each with all of them in the same order and without looks of
   * its own: training takes now this, now that; what measures takes none of them.
   */
  readonly views?: readonly Examples[];
  /** The examples at these places, one after the other. */
  read(places: readonly number[]): Float32Array;
  /** The same, each altered afresh: what training in steps reads where it is there. */
  draw?(places: readonly number[], random: Random): Float32Array;
}

/** A fixed-size batch; places past the end of the data have weight 0. */
export interface Batch {
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
  /** What each example counts in the loss; 0 for padding. */
  readonly weights: Float32Array;
  /** How many examples are real. */
  readonly count: number;
  /** With mixup: the class of what is mixed into each example, and what it counts. */
  readonly mixed?: { readonly labels: Int32Array; readonly weights: Float32Array };
}

/** Examples that lie in memory, one after the other in `values`. */
export function examplesInMemory(
  values: Float32Array,
  shape: readonly number[],
  labels: readonly number[],
  groups?: Examples['groups'],
): Examples {
  const row = sizeOf(shape);
  return {
    size: labels.length,
    shape,
    labels,
    ...(groups && { groups }),
    read(places) {
      const out = new Float32Array(places.length * row);
      for (const [i, place] of places.entries()) {
        out.set(values.subarray(place * row, (place + 1) * row), i * row);
      }
      return out;
    },
  };
}

/** The examples, read once and held in memory if they are small enough; else as they are, read batch by batch. */
export function heldInMemory(examples: Examples, limitBytes = 128 * 2 ** 20): Examples {
  const { size, shape, labels, groups, views = [], draw } = examples;
  if (draw || 4 * (1 + views.length) * size * sizeOf(shape) > limitBytes) return examples;
  const all = Array.from({ length: size }, (_, i) => i);
  const held = examplesInMemory(examples.read(all), shape, labels, groups);
  return withViews(
    held,
    views.map((view) => examplesInMemory(view.read(all), shape, labels)),
  );
}

/** The examples with these other looks; as they are without any. */
export function withViews(examples: Examples, views: readonly Examples[]): Examples {
  return views.length > 0 ? { ...examples, views } : examples;
}

/** Some of the examples, in the order of `places`. */
export function selectExamples(examples: Examples, places: readonly number[]): Examples {
  const { shape, labels, groups, views = [], draw } = examples;
  const of = (chosen: readonly number[]) => chosen.map((i) => places[i]!);
  const selected: Examples = {
    size: places.length,
    shape,
    labels: places.map((place) => labels[place]!),
    ...(groups && { groups: places.map((place) => groups[place]) }),
    read: (chosen) => examples.read(of(chosen)),
    ...(draw && { draw: (chosen, random) => draw(of(chosen), random) }),
  };
  return withViews(
    selected,
    views.map((view) => selectExamples(view, places)),
  );
}

/** Two sets of examples of one shape, one after the other. Looks are those that both have. */
export function joinExamples(a: Examples, b: Examples): Examples {
  const row = sizeOf(a.shape);
  const each = (
    places: readonly number[],
    read: (part: Examples, own: readonly number[]) => Float32Array,
  ) => {
    const out = new Float32Array(places.length * row);
    const fromA = places.flatMap((place, i) => (place < a.size ? [{ i, place }] : []));
    const fromB = places.flatMap((place, i) => (place < a.size ? [] : [{ i, place: place - a.size }]));
    for (const [part, wanted] of [
      [a, fromA],
      [b, fromB],
    ] as const) {
      const own = wanted.map(({ place }) => place);
      const values = read(part, own);
      for (const [k, { i }] of wanted.entries()) out.set(values.subarray(k * row, (k + 1) * row), i * row);
    }
    return out;
  };
  const joined: Examples = {
    size: a.size + b.size,
    shape: a.shape,
    labels: [...a.labels, ...b.labels],
    ...((a.groups ?? b.groups) && {
      groups: [a, b].flatMap(({ groups, labels }) => groups ?? labels.map(() => undefined)),
    }),
    read: (places) => each(places, (part, own) => part.read(own)),
    ...(a.draw &&
      b.draw && {
        draw: (places: readonly number[], random: Random) =>
          each(places, (part, own) => part.draw!(own, random)),
      }),
  };
  const [viewsA, viewsB] = [a.views ?? [], b.views ?? []];
  const both = viewsA.slice(0, viewsB.length);
  return withViews(
    joined,
    both.map((view, i) => joinExamples(view, viewsB[i]!)),
  );
}

/** The examples at these places as training is to see them this time: altered, or in one of their looks, or as they are. */
function drawn(examples: Examples, places: readonly number[], random: Random): Float32Array {
  const { shape, views = [], draw } = examples;
  if (draw) return draw.call(examples, places, random);
  if (views.length === 0) return examples.read(places);
  const looks = [examples, ...views];
  const chosen = places.map(() => random.below(looks.length));
  const row = sizeOf(shape);
  const out = new Float32Array(places.length * row);
  for (const [look, from] of looks.entries()) {
    const wanted = [...places.keys()].filter((i) => chosen[i] === look);
    const values = from.read(wanted.map((i) => places[i]!));
    for (const [k, i] of wanted.entries()) out.set(values.subarray(k * row, (k + 1) * row), i * row);
  }
  return out;
}

export interface BatchOptions {
  /** With it the order is shuffled, and examples come in their other looks too. */
  readonly random?: Random;
  readonly classWeights?: readonly number[];
  /** Places past the end hold other examples instead of zeros, still of weight 0: for statistics over a batch. */
  readonly filled?: boolean;
  /** The α of mixup: see `mixedUp`. */
  readonly mixup?: number | undefined;
}

/**
 * Cuts the examples into batches of one size, so that one compiled graph serves all of them: the last batch is
 * padded with zeros of weight 0.
 */
export function* batches(
  examples: Examples,
  batchSize: number,
  { random, classWeights, filled = false, mixup }: BatchOptions = {},
): Generator<Batch> {
  const places = Array.from({ length: examples.size }, (_, i) => i);
  const order = random ? random.shuffle(places) : places;
  const row = sizeOf(examples.shape);
  for (let start = 0; start < order.length; start += batchSize) {
    const chosen = order.slice(start, start + batchSize);
    const missing = filled ? batchSize - chosen.length : 0;
    const shown = [...chosen, ...Array.from({ length: missing }, (_, i) => order[i % order.length]!)];
    const values = random ? drawn(examples, shown, random) : examples.read(shown);
    let inputs = values;
    if (shown.length < batchSize) {
      inputs = new Float32Array(batchSize * row);
      inputs.set(values);
    }
    const labels = new Int32Array(batchSize);
    const weights = new Float32Array(batchSize);
    for (const [i, place] of chosen.entries()) {
      labels[i] = examples.labels[place]!;
      weights[i] = classWeights?.[labels[i]!] ?? 1;
    }
    const batch = { inputs, labels, weights, count: chosen.length };
    yield random && mixup !== undefined ? mixedUp(batch, row, mixup, random) : batch;
  }
}

/**
 * Every example as a blend λ · itself + (1 − λ) · another of its batch, its label likewise, with one λ from
 * Beta(α, α) a batch (Zhang, Cissé, Dauphin & Lopez-Paz, "mixup", 2018). The smaller α, the less is blended.
 */
function mixedUp(batch: Batch, row: number, alpha: number, random: Random): Batch {
  const { inputs, labels, weights, count } = batch;
  const share = beta(alpha, random);
  const others = random.shuffle(Array.from({ length: count }, (_, i) => i));
  const blended = Float32Array.from(inputs);
  const mixed = { labels: Int32Array.from(labels), weights: new Float32Array(weights.length) };
  for (const [i, other] of others.entries()) {
    for (let k = 0; k < row; k++) {
      blended[i * row + k] = share * inputs[i * row + k]! + (1 - share) * inputs[other * row + k]!;
    }
    mixed.labels[i] = labels[other]!;
    mixed.weights[i] = (1 - share) * weights[other]!;
  }
  return { inputs: blended, labels, weights: weights.map((weight) => share * weight), count, mixed };
}

/** A draw from Beta(α, α): Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964. */
function beta(alpha: number, random: Random): number {
  for (;;) {
    const [a, b] = [random.next() ** (1 / alpha), random.next() ** (1 / alpha)];
    if (a + b <= 1 && a + b > 0) return a / (a + b);
  }
}

/**
 * Weights that make every class count the same in the loss: examples / (classes · examples of the class), as
 * scikit-learn's `class_weight='balanced'`. A class without examples gets 0.
 */
export function balancedClassWeights(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts.map((count) => (count === 0 ? 0 : labels.length / (classes * count)));
}
