/** A call that fails leaves a program as it was. */
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { executeOp } from './backend.js';
import { compile, compileTogether } from './compile.js';
import { DataType } from './graph-def.js';
import { createOptimiser } from './optimisers.js';
import { trainingStep } from './training-step.js';

const values = (tensor: Tensor) => Array.from(tensor.dataSync());
const counts = () => [
  tf.memory().numTensors,
  nativeBinding().getNumOfTensors(),
  nativeBinding().getNumOfSavedModels(),
];

/** Executes, but no graph takes it: op by op, TensorFlow infers the type that is wrong here. */
const onlyOpByOp = (a: Tensor) =>
  executeOp('Sum', [a, tf.tensor1d([0], 'int32')], {
    T: { type: DataType.int32 },
    Tidx: { type: DataType.int32 },
  })[0]!;

it('the other functions go on, at known shapes and at new ones, and variables keep their values', () => {
  const weights = tf.variable(tf.ones([3, 2]) as Tensor2D);
  const unrelated = tf.variable(tf.scalar(7));
  let fails = true;
  const program = compileTogether({
    predict: (a: Tensor2D) => tf.matMul(a, weights),
    step: (a: Tensor) => {
      weights.assign(tf.mul(weights, a));
      const other = tf.mul(unrelated, a);
      if (fails) other.dataSync();
      return other;
    },
    unloadable: (a: Tensor) => {
      weights.assign(tf.mul(weights, 5));
      return tf.add(onlyOpByOp(a), unrelated);
    },
  });
  const { predict, step, unloadable } = program.functions;
  const one = tf.ones([1, 3]) as Tensor2D;
  expect(values(predict(one))).toEqual([3, 3]);
  const [, , sessions] = counts();
  for (let i = 0; i < 3; i++) {
    expect(() => step(tf.scalar(2))).toThrow(/reads a tensor's values/);
    expect(() => unloadable(tf.ones([4]))).toThrow(/load/);
  }
  expect(values(predict(one))).toEqual([3, 3]);
  expect(program.variables).toEqual([weights]);
  expect(program.traces).toBe(1);
  expect(counts()[2]).toBe(sessions);
  expect(values(predict(tf.ones([2, 3]) as Tensor2D))).toEqual([3, 3, 3, 3]);
  fails = false;
  expect(values(step(tf.scalar(2)))).toEqual([14]);
  program.pull();
  expect(values(weights)).toEqual([2, 2, 2, 2, 2, 2]);
  program.dispose();
});

it('refused calls leave no tensors, variables or sessions behind', () => {
  const x = tf.add(tf.ones([3]), 0);
  const kernel = tf.variable(tf.ones([3]));
  const gone = tf.scalar(1);
  gone.dispose();
  const optimiser = createOptimiser(new Map([['kernel', kernel]]), { kind: 'sgd' });
  const refused: (() => unknown)[] = [
    () => compile((a: Tensor) => tf.mul(a, a.dataSync()[0]!))(x),
    () => compile(() => tf.variable(tf.scalar(1)))(),
    () =>
      compile((a: Tensor) => {
        tf.variable(tf.scalar(1)).dispose();
        return tf.mul(a, Math.random());
      })(x),
    () => compile(trainingStep(optimiser, () => ({ loss: tf.scalar(1) })))(tf.scalar(1), tf.scalar(0)),
    () => compile((a: Tensor) => tf.neg(a), { constants: [gone] })(x),
    () => compile((a: Tensor, i: Tensor1D) => tf.gather(a, i))(x, tf.tensor1d([9], 'int32')),
  ];
  const inScope = (call: () => unknown) => tf.tidy(() => void expect(call).toThrow());
  refused.forEach(inScope);
  const before = counts();
  for (let i = 0; i < 10; i++) refused.forEach(inScope);
  expect(counts()).toEqual(before);
});

it('an optimiser that made its variables in a call that failed can still be used', () => {
  const weight = tf.variable(tf.scalar(1));
  const optimiser = tf.train.adam(0.1);
  let fails = true;
  const step = compile(
    () => {
      const loss = optimiser.minimize(() => tf.square(weight), true, [weight as Variable])!;
      if (fails) loss.dataSync();
      return loss;
    },
    { constants: 'all' },
  );
  expect(() => step()).toThrow(/reads a tensor's values/);
  fails = false;
  expect([...values(step()), ...values(step())]).toEqual([1, expect.closeTo(0.81, 5)]);
  step.dispose();
});
