import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { crossEntropies, crossEntropy, rightAnswers } from './loss.js';

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

it('adds the examples up with their weights and leaves those of weight 0 out', () => {
  const sum = (weights: number[]) =>
    valuesOf(() => crossEntropy(tf.tensor2d(logits), tf.tensor1d([0, 2], 'int32'), tf.tensor1d(weights)))[0]!;
  const [first, second] = [expected(logits[0]!, 0, 0), expected(logits[1]!, 2, 0)];
  expect(sum([1, 0])).toBeCloseTo(first, 6);
  expect(sum([0.75, 0.25])).toBeCloseTo((3 * first + second) / 4, 6);
});

it.each([0, 0.1])('has the gradient softmax − target with label smoothing %d', (smoothing) => {
  const weights = [0.7, 0.3];
  const gradient = valuesOf(() =>
    tf.grad((x) =>
      crossEntropy(x as Tensor2D, tf.tensor1d([0, 2], 'int32'), tf.tensor1d(weights), smoothing),
    )(tf.tensor2d(logits)),
  );
  logits.forEach((row, i) => {
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    row.forEach((value, k) => {
      const target = smoothing / 3 + (k === [0, 2][i] ? 1 - smoothing : 0);
      expect(gradient[3 * i + k]).toBeCloseTo(weights[i]! * (Math.exp(value) / total - target), 6);
    });
  });
});

it('says which answers are right', () => {
  const right = (labels: number[]) =>
    valuesOf(() => rightAnswers(tf.tensor2d(logits), tf.tensor1d(labels, 'int32')));
  expect(right([0, 1])).toEqual([1, 1]);
  expect(right([1, 1])).toEqual([0, 1]);
});

it('leaks no tensors', () => {
  const before = tf.memory().numTensors;
  valuesOf(() => crossEntropy(tf.tensor2d(logits), tf.tensor1d([0, 2], 'int32'), tf.tensor1d([1, 1]), 0.1));
  expect(tf.memory().numTensors).toBe(before);
});
