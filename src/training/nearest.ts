import type { Examples } from '../features/examples.js';
import { featureStatistics, standardiser } from './standardise.js';

/** A training example like another one. */
export interface Neighbour {
  /** Among the training examples. */
  readonly place: number;
  /** Cosine of the angle between their standardised features, −1 to 1. */
  readonly similarity: number;
}

const chunk = 256;

/**
 * For each example that is asked about the training examples nearest to it, the nearest first, by the cosine of their
 * features, each less its mean over the training examples and divided by its deviation. Maps count by the means of their channels.
 *
 * @param places among `examples`. @param most neighbours of each.
 */
export function nearestExamples(
  train: Examples,
  examples: Examples,
  places: readonly number[],
  most: number,
): Neighbour[][] {
  if (places.length === 0) return [];
  const pooled = ofOneLength(channelMeans(train));
  const size = pooled.shape[0]!;
  const standard = standardiser(featureStatistics(pooled));
  const asked = unit(standard.apply(ofOneLength(channelMeans(examples))).read(places), size);
  const found = places.map((): Neighbour[] => []);
  const rows = standard.apply(pooled);
  for (let start = 0; start < train.size; start += chunk) {
    const these = Array.from({ length: Math.min(chunk, train.size - start) }, (_, i) => start + i);
    const values = unit(rows.read(these), size);
    for (const [q, list] of found.entries()) {
      for (const [i, place] of these.entries()) {
        let similarity = 0;
        for (let c = 0; c < size; c++) similarity += asked[q * size + c]! * values[i * size + c]!;
        list.push({ place, similarity });
      }
      list.sort((a, b) => b.similarity - a.similarity);
      list.length = Math.min(most, list.length);
    }
  }
  return found;
}

/** Examples divided by their root mean square, as features of a frozen base are already: only the pattern counts. */
function ofOneLength(examples: Examples): Examples {
  const [size] = examples.shape;
  const root = Math.sqrt(size!);
  return {
    ...examples,
    read: (places) => unit(examples.read(places).slice(), size!).map((value) => root * value),
  };
}

/** Rows divided by their length. */
function unit(values: Float32Array, size: number): Float32Array {
  for (let start = 0; start < values.length; start += size) {
    const row = values.subarray(start, start + size);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let i = 0; i < size; i++) row[i]! /= length;
  }
  return values;
}

/** Examples that are maps by the means of their channels; others as they are. */
function channelMeans(examples: Examples): Examples {
  const { shape } = examples;
  if (shape.length === 1) return examples;
  const channels = shape.at(-1)!;
  const spots = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  return {
    ...examples,
    shape: [channels],
    read(places) {
      const means = new Float32Array(places.length * channels);
      for (const [row, place] of places.entries()) {
        const map = examples.read([place]);
        for (let i = 0; i < map.length; i++) means[row * channels + (i % channels)]! += map[i]! / spots;
      }
      return means;
    },
  };
}
