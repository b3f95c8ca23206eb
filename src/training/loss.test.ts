import type { Tensor } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { correctCount, crossEntropies, crossEntropy } from './loss.js';

const logits = [
  [2, 0, -1],
  [0, 1, 0],
];

/** −Σ target · log softmax, in plain arithmetic. */
function expected(row: readonly number[], label: number, smoothing: number): number {
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  const target = row.map((_, i) => smoothing / row.length + (i === label ? 1 - smoothing : 0));
  return -row.reduce((sum, value, i) => sum + target[i]! * (value - total), 0);
}

function valuesOf(compute: () => Tensor): number[] {
  return tf.tidy(() => Array.from(compute().dataSync()));
}

it.each([0, 0.1, 0.5])('computes the cross-entropy of each example with label smoothing %d', (smoothing) => {
  const values = valuesOf(() => crossEntropies(tf.tensor2d(logits), tf.tensor1d([0, 2], 'int32'), smoothing));
  expect(values[0]).toBeCloseTo(expected(logits[0]!, 0, smoothing), 6);
  expect(values[1]).toBeCloseTo(expected(logits[1]!, 2, smoothing), 6);
});

it('weighs the examples of the mean and leaves those of weight 0 out', () => {
  const mean = (weights: number[]) =>
    valuesOf(() => crossEntropy(tf.tensor2d(logits), tf.tensor1d([0, 2], 'int32'), tf.tensor1d(weights)))[0]!;
  const [first, second] = [expected(logits[0]!, 0, 0), expected(logits[1]!, 2, 0)];
  expect(mean([1, 0])).toBeCloseTo(first, 6);
  expect(mean([3, 1])).toBeCloseTo((3 * first + second) / 4, 6);
});

it('counts right answers among the examples of some weight', () => {
  const count = (labels: number[], weights: number[]) =>
    valuesOf(() => correctCount(tf.tensor2d(logits), tf.tensor1d(labels, 'int32'), tf.tensor1d(weights)))[0];
  expect(count([0, 1], [1, 2])).toBe(2);
  expect(count([0, 1], [1, 0])).toBe(1);
  expect(count([1, 2], [1, 1])).toBe(0);
});

it('leaks no tensors', () => {
  const before = tf.memory().numTensors;
  valuesOf(() => crossEntropy(tf.tensor2d(logits), tf.tensor1d([0, 2], 'int32'), tf.tensor1d([1, 1]), 0.1));
  expect(tf.memory().numTensors).toBe(before);
});
