import { expect, test } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { productsOf } from './products.js';

test('the product of each vector with each row, and no tensor is left', () => {
  const before = tf.memory().numTensors;
  const rows = Int8Array.of(1, 2, -3, 127, 0, -128);
  const vectors = [Float32Array.of(1, 0, 0), Float32Array.of(0, 0.5, 1)];
  expect(productsOf(vectors, rows)).toEqual([Float32Array.of(1, 127), Float32Array.of(-2, -128)]);
  expect(productsOf([], rows)).toEqual([]);
  expect(tf.memory().numTensors).toBe(before);
});
