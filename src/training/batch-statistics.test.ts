import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compileTogether } from '../graph/compile.js';
import { normaliseBatch } from '../graph/batch-norm.js';
import { createOptimiser } from '../graph/optimisers.js';
import { softmaxCrossEntropy } from '../graph/softmax-cross-entropy.js';
import { expectClose, normal } from '../../test/helpers/tensors.js';
import { trainingStep } from '../graph/training-step.js';
import { forward } from '../models/forward.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { smallResNet } from '../models/resnet-cifar.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { forwardWithBatchStatistics } from './batch-statistics.js';
import { initialWeights } from './initialise.js';

/** The same of ordinary ops, which TF.js differentiates itself. */
function composed(x: Tensor4D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor4D {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
}

test('normalises each channel over the batch, with the gradients of the same in ordinary ops', () => {
  const [x, gamma, beta, weights] = [
    normal([3, 4, 5, 2], 1),
    normal([2], 2),
    normal([2], 3),
    normal([3, 4, 5, 2], 4),
  ];
  const inputs = [tf.add(tf.mul(x, 3), 2), gamma, beta];
  const before = tf.memory().numTensors;
  const results = [normaliseBatch, composed].map((normalise) =>
    tf.tidy(() => {
      const loss = (...[a, b, c]: (typeof x)[]) =>
        tf.sum(tf.mul(weights, normalise(a as Tensor4D, b as Tensor1D, c as Tensor1D, 1e-3)));
      const { value, grads } = tf.valueAndGrads(loss)(inputs);
      return [value, ...grads];
    }),
  );
  expectClose(results[0]!, results[1]!, 1e-4);
  tf.dispose(results);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, weights, ...inputs]);
});

test('without batch norms it is `forward`, and it leaks nothing', () => {
  const net = new NetworkBuilder('branches', [6, 6, 2]);
  const a = net.convolution('input', 'a', { filters: 3, kernel: 3, padding: 1, activation: 'relu' });
  const b = net.convolution('input', 'b', { filters: 3, kernel: 1 });
  const sum = net.add([a, b], 'sum', { activation: 'relu' });
  net.dense(net.globalAverage(net.concatenate([sum, b], 'both'), 'pool'), 'fc', { units: 4 });
  const network = net.build();
  const parameters = tensorsOf(initialWeights(network, new Random(1)));
  const x = normal([5, 6, 6, 2], 1);
  const before = tf.memory().numTensors;
  const results = [
    forwardWithBatchStatistics(network, parameters, x),
    forward(network, parameters, x),
  ] as const;
  expectClose([results[0]], [results[1]]);
  tf.dispose([...results]);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, ...parameters.values()]);
});

test.each([true, false])('a small network, shortcuts: %s, learns a batch in compiled steps', (shortcuts) => {
  const before = tf.memory().numTensors;
  const network = smallResNet({ depth: 8, shortcuts, inputShape: [8, 8, 1], width: 4, classes: 3 });
  const parameters = new Map(
    [...initialWeights(network, new Random(2))].map(([name, { shape, data }]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape]))),
    ]),
  );
  const trained = new Map([...parameters].filter(([name]) => !/\/(mean|variance)$/.test(name)));
  const optimiser = createOptimiser(trained, { kind: 'sgd', momentum: 0.9 });
  const program = compileTogether({
    step: trainingStep(optimiser, (x: Tensor4D, y: Tensor1D) => ({
      loss: tf.mean(softmaxCrossEntropy(forwardWithBatchStatistics(network, parameters, x) as Tensor2D, y)),
    })),
  });
  const x = normal([12, 8, 8, 1], 3);
  const y = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], 'int32');
  const losses = Array.from({ length: 30 }, () =>
    tf.tidy(
      () => program.functions.step(tf.scalar(0.05), tf.scalar(0), x as Tensor4D, y).loss.dataSync()[0]!,
    ),
  );
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 3);
  program.dispose();
  optimiser.dispose();
  tf.dispose([x, y, ...parameters.values()]);
  expect(tf.memory().numTensors).toBe(before);
});

function tensorsOf(weights: ReturnType<typeof initialWeights>) {
  return new Map([...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
}
