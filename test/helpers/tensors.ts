import type { Tensor } from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { Random } from '../../src/runtime/random.js';
import { tf } from '../../src/runtime/tensorflow.js';

/** Normally distributed values, the same for the same seed. */
export function normal(shape: number[], seed: number): Tensor {
  const random = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

/**
 * Same shapes and types; values alike to `tolerance` of the largest (float32 sums in another
 * order), or of `scale` where that is larger.
 */
export function expectClose(
  actual: readonly unknown[],
  expected: readonly unknown[],
  tolerance = 1e-5,
  scale = 1e-6,
): void {
  expect(actual.length).toBe(expected.length);
  (actual as Tensor[]).forEach((tensor, i) => {
    const other = expected[i] as Tensor;
    expect([tensor.dtype, tensor.shape]).toEqual([other.dtype, other.shape]);
    const [a, b] = [tensor.dataSync(), other.dataSync()];
    let difference = 0;
    let largest = scale;
    for (let j = 0; j < b.length; j++) {
      difference = Math.max(difference, Object.is(a[j], b[j]) ? 0 : Math.abs(a[j]! - b[j]!));
      largest = Math.max(largest, Math.abs(b[j]!));
    }
    expect(difference / largest, `result ${i}`).toBeLessThan(tolerance);
  });
}
