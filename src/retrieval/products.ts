import { joined } from '../runtime/joined.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';

/** The dot product of each vector with each row of whole numbers, a list for each vector; as TensorFlow rounds. */
export function productsOf(vectors: readonly Float32Array[], rows: Int8Array): Float32Array[] {
  const [first] = vectors;
  if (!first) return [];
  const width = first.length;
  const count = rows.length / width;
  const products = tidyValues(() =>
    tf.matMul(
      tf.tensor2d(joined(vectors), [vectors.length, width]),
      tf.tensor2d(Float32Array.from(rows), [count, width]),
      false,
      true,
    ),
  );
  return vectors.map((_, i) => products.subarray(i * count, (i + 1) * count));
}
