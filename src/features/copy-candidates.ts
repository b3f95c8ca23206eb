import { setImmediate } from 'node:timers/promises';
import type { Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';

/** Two pictures by their places, the lower first. */
export type Pair = readonly [one: number, other: number];

/** Pictures compared with all others at once. */
const block = 512;

/** Nearest neighbours of a picture that are looked at, and how alike they must be: measured by scripts/measure-copies.ts. */
export const neighbourhood = { count: 8, cosine: 0.5 } as const;

/**
 * The pairs of pictures whose features are near one another: the cosine between features less their mean, each
 * feature divided by its deviation. Averages over all places hardly change when a picture is mirrored, cropped or
 * turned, so copies are found among the nearest few; a mirror image needs no features of its own. n² dot products in
 * blocks, n · `count` pairs at most.
 *
 * @param features [pictures, width], one picture after the other.
 */
export async function nearestPairs(
  features: Float32Array,
  width: number,
  { count, cosine }: { readonly count: number; readonly cosine: number } = neighbourhood,
  signal?: AbortSignal,
): Promise<Pair[]> {
  const size = features.length / width;
  if (size < 2) return [];
  const most = Math.min(size, count + 1); // itself among them
  const unit = tf.tidy(() => {
    const all = tf.tensor2d(features, [size, width]);
    const { mean, variance } = tf.moments(all, 0);
    const scaled = tf.div(tf.sub(all, mean), tf.sqrt(tf.add(variance, 1e-6)));
    return tf.div(scaled, tf.add(tf.norm(scaled, 2, 1, true), 1e-9)) as Tensor2D;
  });
  const pairs = new Map<number, Pair>();
  try {
    for (let start = 0; start < size; start += block) {
      await setImmediate();
      signal?.throwIfAborted();
      const rows = Math.min(block, size - start);
      const top = tf.tidy(() =>
        tf.topk(tf.matMul(tf.slice(unit, [start, 0], [rows, width]), unit, false, true), most),
      );
      const [values, indices] = [top.values.dataSync(), top.indices.dataSync()];
      tf.dispose([top.values, top.indices]);
      for (let i = 0; i < values.length; i++) {
        const [one, other] = [start + Math.floor(i / most), indices[i]!];
        if (one === other || values[i]! < cosine) continue;
        const pair: Pair = one < other ? [one, other] : [other, one];
        pairs.set(pair[0] * size + pair[1], pair);
      }
    }
  } finally {
    unit.dispose();
  }
  return [...pairs.values()];
}
