/** TF.js' own optimisers, compiled and op by op. */
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { compile } from './compile.js';
import { normal } from '../../test/helpers/tensors.js';

const makers: Record<string, () => Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  adam: () => tf.train.adam(0.1),
  adamax: () => tf.train.adamax(0.1),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.1),
  rmsprop: () => tf.train.rmsprop(0.1),
};

function trained(optimiser: Optimizer, compiled: boolean) {
  const weights = tf.variable(normal([3], 1));
  const minimize = () => optimiser.minimize(() => tf.sum(tf.square(weights)), true, [weights as Variable])!;
  const step = compile(minimize, { constants: 'all' });
  const run = compiled ? step : minimize;
  for (let i = 0; i < 3; i++) run();
  setLearningRate(optimiser, 0.01);
  for (let i = 0; i < 2; i++) run();
  step.pull();
  return { weights, traces: step.traces, dispose: () => step.dispose() };
}

function setLearningRate(optimiser: Optimizer, rate: number): void {
  const settable = optimiser as Optimizer & {
    setLearningRate?: (rate: number) => void;
    learningRate: number;
  };
  if (settable.setLearningRate) settable.setLearningRate(rate);
  else settable.learningRate = rate;
}

/** TF.js has no way to Adamax' own. */
async function weightsOf(optimiser: Optimizer): Promise<Tensor[]> {
  if (optimiser.getClassName() === 'Adamax') return [];
  return (await optimiser.getWeights()).map(({ tensor }) => tensor);
}

it.each(Object.keys(makers))('%s counts its steps and heeds a changed learning rate', async (name) => {
  const [compiled, eager] = [makers[name]!(), makers[name]!()];
  const [ours, theirs] = [trained(compiled, true), trained(eager, false)];
  expect(ours.traces).toBe(2);
  expect(compiled.iterations).toBe(5);
  const [own, others] = await Promise.all([compiled, eager].map(weightsOf));
  expect(own!.length).toBe(others!.length);
  const pairs = [[ours.weights, theirs.weights], ...own!.map((tensor, i) => [tensor, others![i]])];
  for (const [a, b] of pairs) {
    const [actual, expected] = [Array.from(a!.dataSync()), Array.from(b!.dataSync())];
    expect(actual).toEqual(expected.map((value) => expect.closeTo(value, 5)));
  }
  ours.dispose();
});

it('steps of a call that failed are not counted', () => {
  const weight = tf.variable(tf.scalar(1));
  const optimiser = tf.train.sgd(0.1);
  const step = compile(
    () => optimiser.minimize(() => tf.square(weight), true, [weight as Variable])!.dataSync() as never,
    { constants: 'all' },
  );
  expect(() => step()).toThrow(/reads a tensor's values/);
  expect(optimiser.iterations).toBe(0);
});
