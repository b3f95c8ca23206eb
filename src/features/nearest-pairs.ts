import type { Tensor2D } from '@tensorflow/tfjs';
import type { Hooks } from '../runtime/progress.js';
import { tf } from '../runtime/tensorflow.js';
import { topProducts } from './top-products.js';
import { breathe } from '../runtime/breathe.js';

/** Two pictures by their places, the lower first. */
export type Pair = readonly [one: number, other: number];

/** Pictures compared at once, and with how many others: 32 MB of cosines, however many pictures there are. */
const blocks = { asked: 512, others: 16_384 } as const;

/** Nearest neighbours of a picture that are looked at, and how alike they must be: measured by scripts/measure-copies.ts. */
export const neighbourhood = { count: 8, cosine: 0.5 } as const;

/**
 * The pairs of pictures whose features are near one another: the cosine between features less their mean, each
 * feature divided by its deviation. Averages over all places hardly change when a picture is mirrored, cropped or
 * turned, so copies are found among the nearest few; a mirror image needs no features of its own. n² dot products in
 * blocks, n · `count` pairs at most, in no order.
 *
 * @param features [pictures, width], one picture after the other; written over.
 */
export async function nearestPairs(
  features: Float32Array,
  width: number,
  { count, cosine }: { readonly count: number; readonly cosine: number } = neighbourhood,
  { onProgress, signal }: Hooks = {},
): Promise<Iterable<Pair>> {
  const size = features.length / width;
  if (size < 2) return [];
  standardise(features, width);
  const nearest = new Nearest(size, Math.min(size, count + 1)); // itself among them
  for (let from = 0; from < size; from += blocks.others) {
    const others = rowsOf(features, width, from, blocks.others);
    try {
      for (let start = 0; start < size; start += blocks.asked) {
        await breathe(signal);
        // of all comparisons, in pictures
        const done = Math.floor((size * from + Math.min(blocks.others, size - from) * start) / size);
        onProgress?.({ kind: 'work', stage: 'Looking for copies', done, total: size, unit: 'pictures' });
        const most = Math.min(nearest.most, others.shape[0]);
        const asked = rowsOf(features, width, start, blocks.asked);
        try {
          const { products, places } = topProducts(asked, others, most);
          nearest.add(start, from, most, products, places);
        } finally {
          asked.dispose();
        }
      }
    } finally {
      others.dispose();
    }
  }
  onProgress?.({ kind: 'work', stage: 'Looking for copies', done: size, total: size, unit: 'pictures' });
  return nearest.pairs(cosine);
}

function rowsOf(features: Float32Array, width: number, start: number, count: number): Tensor2D {
  const rows = features.subarray(start * width, (start + count) * width);
  return tf.tensor2d(rows, [rows.length / width, width]);
}

/** Takes from each feature its mean, divides it by its deviation, and brings every picture's features to length 1. */
function standardise(features: Float32Array, width: number): void {
  const size = features.length / width;
  const [means, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let start = 0; start < features.length; start += width) {
    for (let i = 0; i < width; i++) means[i]! += features[start + i]! / size;
  }
  for (let start = 0; start < features.length; start += width) {
    for (let i = 0; i < width; i++) squares[i]! += (features[start + i]! - means[i]!) ** 2;
  }
  const scales = squares.map((square) => 1 / Math.sqrt(square / size + 1e-6));
  for (let start = 0; start < features.length; start += width) {
    let length = 0;
    for (let i = 0; i < width; i++) {
      const value = (features[start + i]! - means[i]!) * scales[i]!;
      features[start + i] = value;
      length += value * value;
    }
    const scale = 1 / (Math.sqrt(length) + 1e-9);
    for (let i = 0; i < width; i++) features[start + i]! *= scale;
  }
}

/** Of each picture the nearest among the blocks that have been looked at, the nearest first. */
class Nearest {
  readonly #cosines: Float32Array;
  readonly #places: Int32Array;

  readonly most: number;

  constructor(size: number, most: number) {
    this.most = most;
    this.#cosines = new Float32Array(size * most).fill(-Infinity);
    this.#places = new Int32Array(size * most);
  }

  /** @param found of each asked picture, from `start` on, `count` cosines, falling, with others from place `from` on. */
  add(
    start: number,
    from: number,
    count: number,
    found: ArrayLike<number>,
    indices: ArrayLike<number>,
  ): void {
    for (let i = 0; i < found.length; i++) {
      const first = (start + Math.floor(i / count)) * this.most;
      let at = first + this.most - 1;
      if (!(found[i]! > this.#cosines[at]!)) continue;
      for (; at > first && found[i]! > this.#cosines[at - 1]!; at--) {
        this.#cosines[at] = this.#cosines[at - 1]!;
        this.#places[at] = this.#places[at - 1]!;
      }
      this.#cosines[at] = found[i]!;
      this.#places[at] = from + indices[i]!;
    }
  }

  *pairs(cosine: number): Generator<Pair> {
    for (let i = 0; i < this.#places.length; i++) {
      const [one, other] = [Math.floor(i / this.most), this.#places[i]!];
      if (one === other || !(this.#cosines[i]! >= cosine)) continue;
      if (one < other) yield [one, other];
      else if (!this.#has(other, one, cosine)) yield [other, one];
    }
  }

  /** Whether a picture is among the nearest of another. */
  #has(of: number, picture: number, cosine: number): boolean {
    for (let at = of * this.most; at < (of + 1) * this.most; at++) {
      if (this.#places[at] === picture && this.#cosines[at]! >= cosine) return true;
    }
    return false;
  }
}
