import { tf, tidyValues } from '../runtime/tensorflow.js';

/** The dot product of each vector with each row of whole numbers, a list for each vector; as TensorFlow rounds. */
export function productsOf(vectors: readonly Float32Array[], rows: Int8Array): Float32Array[] {
  const [first] = vectors;
  if (!first) return [];
  const width = first.length;
  const all = new Float32Array(vectors.length * width);
  for (const [i, vector] of vectors.entries()) all.set(vector, i * width);
  const count = rows.length / width;
  const products = tidyValues(() =>
    tf.matMul(
      tf.tensor2d(all, [vectors.length, width]),
      tf.tensor2d(Float32Array.from(rows), [count, width]),
      false,
      true,
    ),
  );
  return vectors.map((_, i) => products.subarray(i * count, (i + 1) * count));
}
