import type { NamedTensor, Weights } from '../weights/tensors.js';
import type { Examples } from './examples.js';

/**
 * The weights of a head's 'standardise' layer: mean and variance of every feature after each example has been
 * divided by its root mean square, as the head's 'normalise' layer does it.
 */
export function standardiseWeights(train: Examples): Weights {
  const features = train.shape[0]!;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  const chunk = 256;
  for (let start = 0; start < train.size; start += chunk) {
    const places = Array.from({ length: Math.min(chunk, train.size - start) }, (_, i) => start + i);
    const values = train.read(places);
    for (let row = 0; row < places.length; row++) {
      const example = values.subarray(row * features, (row + 1) * features);
      const rms = Math.sqrt(example.reduce((total, value) => total + value * value, 0) / features) || 1;
      for (let i = 0; i < features; i++) {
        const value = example[i]! / rms;
        sum[i]! += value;
        squares[i]! += value * value;
      }
    }
  }
  const mean = Float32Array.from(sum, (total) => total / train.size);
  const variance = Float32Array.from(squares, (total, i) => Math.max(0, total / train.size - mean[i]! ** 2));
  const row = (data: Float32Array): NamedTensor => ({ shape: [features], data });
  return new Map([
    ['standardise/gamma', row(new Float32Array(features).fill(1))],
    ['standardise/beta', row(new Float32Array(features))],
    ['standardise/mean', row(mean)],
    ['standardise/variance', row(variance)],
  ]);
}
