import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { compile } from './compile.js';
import { expectClose, normal } from '../../test/helpers/tensors.js';

const indices = (...values: number[]) => tf.tensor1d(values, 'int32');

it('tf.gather takes indices that are inputs, with its gradient', () => {
  const fn = (x: Tensor, i: Tensor1D) => [
    tf.gather(x, i),
    tf.gather(x, i, 1),
    tf.gather(x, tf.argMax(x, 1)),
    tf.grad((a) => tf.sum(tf.square(tf.gather(a, i))) as Scalar)(x),
  ];
  const compiled = compile(fn);
  const x = normal([4, 4], 1);
  for (const i of [indices(0, 2), indices(3, 3), indices(1, 0)]) expectClose(compiled(x, i), fn(x, i));
  expect(compiled.traces).toBe(1);
  compiled.dispose();
});

it('tf.gather by rows of a batch', () => {
  const fn = (x: Tensor, i: Tensor2D) => tf.gather(x, i, 1, 1);
  const compiled = compile(fn);
  const [x, i] = [normal([2, 5], 1), tf.tensor2d([[0, 4], [2, 2]], [2, 2], 'int32')]; // prettier-ignore
  expectClose([compiled(x, i)], [fn(x, i)]);
  compiled.dispose();
});

it('refuses indices out of range at every call, and goes on', () => {
  const gather = compile((x: Tensor1D, i: Tensor1D) => tf.gather(x, i));
  const x = tf.tensor1d([1, 2, 3]);
  expect(() => gather(x, indices(3))).toThrow(/3 is not in \[0, 3\)/);
  expect(Array.from(gather(x, indices(2)).dataSync())).toEqual([3]);
  expect(() => gather(x, indices(-1))).toThrow(/-1 is not in \[0, 3\)/);
  expect(Array.from(gather(x, indices(0)).dataSync())).toEqual([1]);
  gather.dispose();
  expect(() => tf.gather(x, indices(3))).toThrow(/GatherV2: the index value 3/);
});

it('layers.embedding learns compiled as it does op by op', () => {
  const start = normal([5, 2], 3);
  const losses = [false, true].map((compiled) => {
    const layer = tf.layers.embedding({ inputDim: 5, outputDim: 2 });
    layer.apply(tf.zeros([1, 2], 'int32'));
    layer.setWeights([start]);
    const optimiser = tf.train.sgd(0.1);
    const variables = layer.trainableWeights.map((weight) => weight.read() as Variable);
    const fn = (words: Tensor2D) => {
      const loss = () => tf.mean(tf.square(layer.apply(words) as Tensor)) as Scalar;
      return optimiser.minimize(loss, true, variables)!;
    };
    const step = compiled ? compile(fn, { constants: 'all' }) : fn;
    return [[1, 2], [1, 2], [3, 0], [3, 3]].map((words) => step(tf.tensor2d([words], [1, 2], 'int32'))); // prettier-ignore
  });
  expectClose(losses[1]!, losses[0]!);
});
