/** Learning rates looked for: the rule, and a test of a small network. */
import { expect, test } from 'vitest';
import { examplesInMemory } from '../features/examples.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { resolveOptions } from '../runs/options.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { initialWeights } from './initialise.js';
import { testRates, valley } from './rate-test.js';

const stepsOf = (losses: readonly number[]) =>
  losses.map((smoothed, i) => ({ rate: 10 ** (i / 10), loss: smoothed, smoothed }));

test('the valley is where the loss falls longest; its middle third has the rate', () => {
  // flat, then falling by steps 30 to 60, then rising
  const losses = Array.from({ length: 100 }, (_, i) =>
    i < 30 ? 1 : i < 60 ? 1 - (i - 30) / 40 : 0.25 + (i - 59),
  );
  const rate = valley(stepsOf(losses))!;
  const step = 10 * Math.log10(rate);
  expect(step).toBeGreaterThan(38);
  expect(step).toBeLessThan(50);
  expect(valley(stepsOf(Array.from({ length: 100 }, (_, i) => i)))).toBeUndefined();
});

test('a small network: the loss falls at the suggested rate, the test ends where it diverges, nothing is left', async () => {
  const net = new NetworkBuilder('perceptron', [4]);
  net.dense(net.dense('input', 'hidden', { units: 16, activation: 'relu' }), 'logits', { units: 2 });
  const network = net.build();
  const random = new Random(1);
  const labels = Array.from({ length: 64 }, (_, i) => i % 2);
  const values = Float32Array.from(
    labels.flatMap((label) => [0, 1, 2, 3].map(() => random.normal() + label)),
  );
  const options = resolveOptions({ data: '.', optimiser: 'sgd', batchSize: 16 });
  const job = {
    name: 'perceptron',
    network,
    classes: 2,
    epochs: 1,
    learningRate: 1,
    patience: undefined,
    options,
    random,
    checkpointFolder: '',
    hooks: {},
  };
  const before = tf.memory().numTensors;
  const initial = initialWeights(network, new Random(2));
  const find = () =>
    testRates(job, initial, examplesInMemory(values, [4], labels), {
      from: 1e-7,
      to: 100,
      steps: 100,
      weightDecay: 0,
      random: new Random(3),
    });
  const found = await find();
  expect(tf.memory().numTensors).toBe(before);
  expect(found.suggestion).toBeGreaterThan(1e-4);
  expect(found.suggestion).toBeLessThan(2);
  expect(found.steps[0]!.rate).toBeCloseTo(1e-7, 12);
  expect(found.diverged).toBe(found.steps.length < 100);
  expect(await find()).toEqual(found);
  const mixed = await testRates(
    { ...job, mixup: true },
    initial,
    examplesInMemory(values, [4], labels),
    { from: 1e-3, to: 1, steps: 5, weightDecay: 0, random: new Random(3) }, // as it would be trained
  );
  expect(mixed.steps).toHaveLength(5);
  expect(tf.memory().numTensors).toBe(before);
});
