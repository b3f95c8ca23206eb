import type { Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';

/**
 * For each of `asked` [n, width] the largest products with rows of a block [m, width]: `count` a row, falling, of equals the
 * first. @returns the products and the rows' places in the block, n · `count` each.
 */
export function topProducts(asked: Tensor2D, block: Tensor2D, count: number) {
  const { values, indices } = tf.tidy(() => tf.topk(tf.matMul(asked, block, false, true), count));
  try {
    return { products: values.dataSync(), places: indices.dataSync() };
  } finally {
    tf.dispose([values, indices]);
  }
}
