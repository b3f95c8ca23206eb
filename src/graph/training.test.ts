import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { forward } from '../models/forward.js';
import { lenet5 } from '../models/lenet5.js';
import { networkWeights } from '../models/network-weights.js';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { compile, compileTogether } from './compile.js';
import { createOptimiser, type OptimiserKind } from './optimisers.js';
import { dropout } from './stateless-random.js';
import { expectClose, normal } from '../../test/helpers/tensors.js';
import { trainingStep } from './training-step.js';

/** A small network with dropout, on fixed data that it can learn. */
function setUp(kind: OptimiserKind) {
  const variables = new Map<string, Variable>([
    ['hidden/kernel', tf.variable(tf.mul(normal([6, 16], 1), 0.4))],
    ['hidden/bias', tf.variable(tf.zeros([16]))],
    ['logits/kernel', tf.variable(tf.mul(normal([16, 3], 2), 0.4))],
    ['logits/bias', tf.variable(tf.zeros([3]))],
  ]);
  const optimiser = createOptimiser(variables, { kind });
  const get = (name: string) => variables.get(name)! as unknown as Tensor2D;
  const logits = (x: Tensor, seed?: Tensor1D) => {
    const hidden = tf.tanh(tf.add(tf.matMul(x as Tensor2D, get('hidden/kernel')), get('hidden/bias')));
    const kept = seed ? dropout(hidden, 0.3, seed) : hidden;
    return tf.add(tf.matMul(kept as Tensor2D, get('logits/kernel')), get('logits/bias')) as Tensor2D;
  };
  const step = trainingStep(optimiser, (x: Tensor2D, labels: Tensor1D, seed: Tensor1D) => {
    const scores = logits(x, seed);
    const target = tf.oneHot(labels, 3);
    const loss = tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(scores)), 1))) as Scalar;
    return { loss, right: tf.equal(tf.argMax(scores, 1), labels) };
  });
  return { variables, optimiser, step, evaluate: (x: Tensor2D) => logits(x) };
}

const x = normal([32, 6], 3) as Tensor2D;
const labels = tf.argMax(tf.matMul(x, normal([6, 3], 4) as Tensor2D), 1) as Tensor1D;
const rates = { sgd: 0.05, adam: 0.01, adamw: 0.01 };

/** Steps with a falling learning rate and new dropout masks; returns the last loss. */
function train(
  step: ReturnType<typeof setUp>['step'],
  kind: OptimiserKind,
  from: number,
  to: number,
): number {
  let last = 0;
  for (let i = from; i < to; i++) {
    tf.tidy(() => {
      const rate = tf.scalar(rates[kind] * 0.99 ** i);
      last = step(rate, tf.scalar(0.01), x, labels, tf.tensor1d([i, 5], 'int32')).loss.dataSync()[0]!;
    });
  }
  return last;
}

describe.each(['sgd', 'adam', 'adamw'] as const)('%s', (kind) => {
  it('compiled learns what it learns op by op, over 200 steps', () => {
    const [eager, graph] = [setUp(kind), setUp(kind)];
    const compiled = compile(graph.step);
    const loss = train(eager.step, kind, 0, 200);
    expect(train(compiled, kind, 0, 200)).toBeCloseTo(loss, 4);
    expect(loss).toBeLessThan(0.4);
    compiled.pull();
    expect(compiled.traces).toBe(1);
    expectClose([...graph.variables.values()], [...eager.variables.values()], 1e-4);
    // Averages of gradients, which are small differences of large sums by now.
    expectClose([...graph.optimiser.slots.values()], [...eager.optimiser.slots.values()], 1e-3);
    compiled.dispose();
  });

  it('goes on exactly from pulled values, and starts again when the first ones are pushed', () => {
    const { variables, optimiser, step, evaluate } = setUp(kind);
    const state = [...variables.values(), ...optimiser.slots.values()];
    const copies = () => state.map((variable) => tf.clone(variable));
    const program = compileTogether({ step, evaluate });
    const { functions } = program;
    const first = copies();
    const put = (values: Tensor[]) => {
      state.forEach((variable, i) => {
        variable.assign(values[i]!);
      });
      program.push();
    };
    train(functions.step, kind, 0, 20);
    program.pull();
    const middle = copies();
    const loss = train(functions.step, kind, 20, 40);
    const scores = functions.evaluate(x);
    put(middle);
    expect(train(functions.step, kind, 20, 40)).toBe(loss);
    expectClose([functions.evaluate(x)], [scores], 1e-12);
    put(first);
    train(functions.step, kind, 0, 20);
    expect(train(functions.step, kind, 20, 40)).toBe(loss);
    expect(program.traces).toBe(2);
    program.dispose();
  });
});

describe('optimisers of TF.js, compiled, learn what they learn op by op over 200 steps', () => {
  const optimisers = {
    sgd: () => tf.train.sgd(0.05),
    momentum: () => tf.train.momentum(0.05, 0.9),
    nesterov: () => tf.train.momentum(0.05, 0.9, true),
    adam: () => tf.train.adam(0.01),
    adamax: () => tf.train.adamax(0.01),
    adagrad: () => tf.train.adagrad(0.05),
    adadelta: () => tf.train.adadelta(0.5),
    rmsprop: () => tf.train.rmsprop(0.001, 0.9),
  };
  for (const [name, make] of Object.entries(optimisers)) {
    it(name, () => {
      const target = tf.tanh(tf.matMul(x, normal([6, 3], 5) as Tensor2D));
      const run = (wrap: boolean) => {
        const kernel = tf.variable(normal([6, 3], 6) as Tensor2D);
        const optimiser = make();
        const step = () =>
          optimiser.minimize(
            () => tf.mean(tf.squaredDifference(tf.tanh(tf.matMul(x, kernel)), target)) as Scalar,
            true,
            [kernel],
          ) as Tensor;
        const compiled = compile(step, { constants: 'all' });
        for (let i = 0; i < 200; i++) (wrap ? compiled() : step()).dispose();
        if (wrap) compiled.pull();
        compiled.dispose();
        return kernel;
      };
      expectClose([run(true)], [run(false)], 1e-4);
    });
  }
});

it('LeNet-5 with max pooling and softmax trains compiled as op by op', () => {
  const network = lenet5({ classes: 4, channels: 1 });
  const batch = tf.mul(normal([8, 32, 32, 1], 1), 0.5) as Tensor4D;
  const target = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 3, 2, 1, 0], 'int32'), 4);
  const run = (wrap: boolean) => {
    const variables = new Map<string, Variable>(
      networkWeights(network).map(({ name, shape }, i) => [
        name,
        tf.variable(tf.mul(normal([...shape], i), 0.1)),
      ]),
    );
    const optimiser = createOptimiser(variables, { kind: 'adam' });
    const step = trainingStep(optimiser, (input: Tensor4D) => {
      const scores = forward(network, variables, input) as Tensor2D;
      return { loss: tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(scores)), 1))) as Scalar };
    });
    const compiled = compile(step, { constants: [target] });
    const once = wrap ? compiled : step;
    for (let i = 0; i < 50; i++) tf.tidy(() => once(tf.scalar(0.002), tf.scalar(1e-3), batch));
    if (wrap) compiled.pull();
    compiled.dispose();
    return [...variables.values()];
  };
  expectClose(run(true), run(false), 1e-3);
});

it('batch normalisation by the statistics of the batch, with running averages, equals op by op', () => {
  const run = (wrap: boolean) => {
    const gamma = tf.variable(tf.ones([4]));
    const beta = tf.variable(tf.zeros([4]));
    const mean = tf.variable(tf.zeros([4]), false);
    const optimiser = createOptimiser(
      new Map([
        ['gamma', gamma as Variable],
        ['beta', beta],
      ]),
      { kind: 'sgd' },
    );
    const step = trainingStep(optimiser, (input: Tensor4D) => {
      const moments = tf.moments(input, [0, 1, 2]);
      mean.assign(tf.add(tf.mul(mean, 0.9), tf.mul(moments.mean, 0.1)));
      const y = tf.batchNorm(
        input,
        moments.mean as Tensor1D,
        moments.variance as Tensor1D,
        beta as Tensor1D,
        gamma as Tensor1D,
      );
      return { loss: tf.mean(tf.square(tf.sub(tf.relu(y), 1))) as Scalar };
    });
    const compiled = compile(step);
    for (let i = 0; i < 200; i++) {
      tf.tidy(() => {
        const batch = tf.add(normal([4, 5, 5, 4], i % 7), 1) as Tensor4D;
        (wrap ? compiled : step)(tf.scalar(0.01), tf.scalar(0), batch);
      });
    }
    if (wrap) compiled.pull();
    compiled.dispose();
    return [gamma, beta, mean];
  };
  expectClose(run(true), run(false), 1e-4);
});

it('leaks nothing over thousands of training steps', () => {
  const { step, optimiser, variables } = setUp('adam');
  const program = compileTogether({ step });
  train(program.functions.step, 'adam', 0, 300);
  const [tensors, native, memory] = [
    tf.memory().numTensors,
    nativeBinding().getNumOfTensors(),
    process.memoryUsage.rss(),
  ];
  train(program.functions.step, 'adam', 300, 3000);
  train(step, 'adam', 0, 10);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(nativeBinding().getNumOfTensors()).toBeLessThanOrEqual(native + 10);
  expect(process.memoryUsage.rss() - memory).toBeLessThan(50e6);
  program.dispose();
  const before = tf.memory().numTensors;
  optimiser.dispose();
  expect(tf.memory().numTensors).toBe(before - 9);
  tf.dispose([...variables.values()]);
});
