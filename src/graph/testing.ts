/** Helpers of this folder's tests. */
import type { Tensor } from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { Network } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { type NamedTensor, sizeOf, type Weights } from '../formats/tensors.js';
import type { PixelBatch } from '../features/prefix.js';

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

/** Weights that keep activations of the same size from layer to layer (He et al. 2015). */
export function weightsFor(network: Network): Weights {
  const random = new Random(1);
  const value = (name: string, inputs: number) => {
    if (name.endsWith('/kernel')) return random.normal() * Math.sqrt(2 / inputs);
    return name.endsWith('/variance') || name.endsWith('/gamma')
      ? random.between(0.5, 1.5)
      : 0.1 * random.normal();
  };
  return new Map(
    networkWeights(network).map(({ name, shape }): [string, NamedTensor] => {
      const inputs = sizeOf(shape) / shape.at(-1)!;
      return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => value(name, inputs)) }];
    }),
  );
}

/** Pictures of random pixels. */
export function pixelsFor(network: Network, count: number, seed = 2): PixelBatch {
  const random = new Random(seed);
  const pixels = new Uint8Array(count * sizeOf(network.layers[0]!.shape));
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.below(256);
  return { pixels, count };
}
