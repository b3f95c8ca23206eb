import { breathe } from '../runtime/breathe.js';
import type { Tensor2D } from '@tensorflow/tfjs';
import { topProducts } from '../features/top-products.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import type { CentredCosine } from './centred.js';
import type { Rows } from './rows.js';

/** A vector of the collection, and how like the query it is. */
export interface Match {
  /** Its place in the collection. */
  readonly place: number;
  /** From −1 to 1. */
  readonly similarity: number;
}

export interface SearchOptions {
  /** Places of the collection that are no answer to a query, one set a query. */
  readonly leftOut?: readonly ReadonlySet<number>[];
  readonly signal?: AbortSignal | undefined;
  /** Told after each block how many vectors of how many have been looked at. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Queries whose products with a block are held at once: 16 MB. */
const queriesAtOnce = 1024;

/**
 * The `top` most similar vectors for each query, the most similar first, of equals the first in the collection. Exact: all
 * are compared, one block of the collection after the other by one matrix product, and only a block is in memory at once.
 *
 * @param queries rows as wide as the collection's, not yet made comparable; in place they become so.
 */
export async function searchExactly(
  collection: Rows,
  queries: Float32Array,
  cosine: CentredCosine,
  top: number,
  { leftOut = [], signal, onProgress }: SearchOptions = {},
): Promise<Match[][]> {
  const { width } = collection;
  const count = queries.length / width;
  const more = leftOut.reduce((most, { size }) => Math.max(most, size), 0);
  const best: Match[][] = Array.from({ length: count }, () => []);
  const parts = queryTensors(cosine.apply(queries), width);
  try {
    for (const { start, values } of collection.blocks()) {
      await breathe(signal);
      const rows = values.length / width;
      const wanted = Math.min(rows, top + more);
      const block = tf.tensor2d(cosine.apply(values), [rows, width]);
      try {
        for (const [part, tensor] of parts.entries()) {
          const { products, places } = topProducts(tensor, block, wanted);
          for (let i = 0; i < tensor.shape[0]; i++) {
            const query = part * queriesAtOnce + i;
            const found = Array.from({ length: wanted }, (_, k) => ({
              place: start + places[i * wanted + k]!,
              similarity: products[i * wanted + k]!,
            })).filter(({ place }) => !leftOut[query]?.has(place));
            best[query] = merged(best[query]!, found, top);
          }
        }
      } finally {
        block.dispose();
      }
      onProgress?.(start + rows, collection.count);
    }
  } finally {
    tf.dispose(parts);
  }
  return best;
}

/**
 * The similarity of every query with every vector, for each query in turn; for figures over whole rankings.
 *
 * @param queries as for `searchExactly`. @param collection is read once for every 64 of them.
 */
export async function* allSimilarities(
  collection: Rows,
  queries: Float32Array,
  cosine: CentredCosine,
  signal?: AbortSignal,
): AsyncGenerator<Float32Array> {
  const { width, count } = collection;
  const atOnce = 64;
  cosine.apply(queries);
  for (let first = 0; first * width < queries.length; first += atOnce) {
    const part = queries.subarray(first * width, (first + atOnce) * width);
    const rows = Array.from({ length: part.length / width }, () => new Float32Array(count));
    for (const { start, values } of collection.blocks()) {
      await breathe(signal);
      const length = values.length / width;
      const products = tidyValues(() => {
        const block = tf.tensor2d(cosine.apply(values), [length, width]);
        return tf.matMul(tf.tensor2d(part, [rows.length, width]), block, false, true);
      });
      for (const [i, row] of rows.entries()) row.set(products.subarray(i * length, (i + 1) * length), start);
    }
    yield* rows;
  }
}

function queryTensors(queries: Float32Array, width: number): Tensor2D[] {
  const step = queriesAtOnce * width;
  return Array.from({ length: Math.ceil(queries.length / step) }, (_, part) => {
    const values = queries.subarray(part * step, (part + 1) * step);
    return tf.tensor2d(values, [values.length / width, width]);
  });
}

/** Two lists in order, of which the first comes earlier in the collection, as one. */
function merged(first: readonly Match[], second: readonly Match[], top: number): Match[] {
  const all: Match[] = [];
  let [i, j] = [0, 0];
  while (all.length < top && (i < first.length || j < second.length)) {
    const [a, b] = [first[i], second[j]];
    if (a && (!b || a.similarity >= b.similarity)) {
      all.push(a);
      i++;
    } else {
      all.push(b!);
      j++;
    }
  }
  return all;
}
