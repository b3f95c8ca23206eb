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
  /** The examples at these places, one after the other. */
  read(places: readonly number[]): Float32Array;
}

/** A fixed-size batch; places past the end of the data have weight 0. */
export interface Batch {
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
  /** What each example counts in the loss; 0 for padding. */
  readonly weights: Float32Array;
  /** How many examples are real. */
  readonly count: number;
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
  const { size, shape, labels, groups } = examples;
  if (4 * size * sizeOf(shape) > limitBytes) return examples;
  const all = Array.from({ length: size }, (_, i) => i);
  return examplesInMemory(examples.read(all), shape, labels, groups);
}

/** Some of the examples, in the order of `places`. */
export function selectExamples(examples: Examples, places: readonly number[]): Examples {
  const { groups } = examples;
  return {
    size: places.length,
    shape: examples.shape,
    labels: places.map((place) => examples.labels[place]!),
    ...(groups && { groups: places.map((place) => groups[place]) }),
    read: (chosen) => examples.read(chosen.map((i) => places[i]!)),
  };
}

/** Two sets of examples of one shape, one after the other. */
export function joinExamples(a: Examples, b: Examples): Examples {
  const row = sizeOf(a.shape);
  return {
    size: a.size + b.size,
    shape: a.shape,
    labels: [...a.labels, ...b.labels],
    ...((a.groups ?? b.groups) && {
      groups: [a, b].flatMap(({ groups, labels }) => groups ?? labels.map(() => undefined)),
    }),
    read(places) {
      const out = new Float32Array(places.length * row);
      const fromA = places.flatMap((place, i) => (place < a.size ? [{ i, place }] : []));
      const fromB = places.flatMap((place, i) => (place < a.size ? [] : [{ i, place: place - a.size }]));
      for (const [part, wanted] of [
        [a, fromA],
        [b, fromB],
      ] as const) {
        const values = part.read(wanted.map(({ place }) => place));
        for (const [k, { i }] of wanted.entries()) out.set(values.subarray(k * row, (k + 1) * row), i * row);
      }
      return out;
    },
  };
}

/**
 * Cuts the examples into batches of one size, so that one compiled graph serves all of them: the last batch is
 * padded with zeros of weight 0. With `random` the order is shuffled.
 */
export function* batches(
  examples: Examples,
  batchSize: number,
  options: { random?: Random; classWeights?: readonly number[] } = {},
): Generator<Batch> {
  const { random, classWeights } = options;
  const places = Array.from({ length: examples.size }, (_, i) => i);
  const order = random ? random.shuffle(places) : places;
  const row = sizeOf(examples.shape);
  for (let start = 0; start < order.length; start += batchSize) {
    const chosen = order.slice(start, start + batchSize);
    const values = examples.read(chosen);
    let inputs = values;
    if (chosen.length < batchSize) {
      inputs = new Float32Array(batchSize * row);
      inputs.set(values);
    }
    const labels = new Int32Array(batchSize);
    const weights = new Float32Array(batchSize);
    for (const [i, place] of chosen.entries()) {
      labels[i] = examples.labels[place]!;
      weights[i] = classWeights?.[labels[i]!] ?? 1;
    }
    yield { inputs, labels, weights, count: chosen.length };
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
