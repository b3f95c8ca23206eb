import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { compile } from './compile.js';
import { dropout, statelessUniform } from './stateless-random.js';

const seed = (a: number, b = 0) => tf.tensor1d([a, b], 'int32');

it('draws the same for the same seed, op by op and compiled, and other numbers for another', () => {
  const draw = compile((s: Tensor1D) => statelessUniform([1000], s));
  const values = (x: unknown) => Array.from((x as Tensor).dataSync());
  const first = values(draw(seed(1)));
  expect(values(draw(seed(1)))).toEqual(first);
  expect(values(statelessUniform([1000], seed(1)))).toEqual(first);
  expect(values(draw(seed(1, 1)))).not.toEqual(first);
  expect(draw.traces).toBe(1);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...first)).toBeLessThan(1);
  const mean = first.reduce((a, b) => a + b) / 1000;
  // Four standard errors of the mean of 1,000 evenly distributed numbers.
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 1000));
  draw.dispose();
});

it('drops about the rate and keeps the sum; gradients pass where values passed', () => {
  const x = tf.ones([100, 100]);
  const step = compile((input: Tensor, s: Tensor1D) => {
    const { value, grad } = tf.valueAndGrad((a: Tensor) => tf.sum(dropout(a, 0.25, s)) as Scalar)(input);
    return { value, grad, y: dropout(input, 0.25, s) };
  });
  const { value, grad, y } = step(x, seed(7));
  expect(Array.from(grad.dataSync())).toEqual(Array.from(y.dataSync()));
  expect(new Set(y.dataSync())).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  // Five standard deviations of the number kept out of 10,000.
  expect(Math.abs(value.dataSync()[0]! * 0.75 - 7500)).toBeLessThan(5 * Math.sqrt(10_000 * 0.25 * 0.75));
  step.dispose();
});

it('leaks nothing and refuses rates outside [0, 1)', () => {
  const [x, s] = [tf.ones([4]), seed(1)];
  const before = tf.memory().numTensors;
  dropout(x, 0.5, s).dispose();
  dropout(x, 0, s).dispose();
  statelessUniform([3], s).dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(() => dropout(x, 1, s)).toThrow(RangeError);
});
