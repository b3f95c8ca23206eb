/** What a trainer does beyond plain steps: kept layers, batch norms, clipping, rates by layer, averages, mixed labels. */
import { describe, expect, it } from 'vitest';
import { type Batch, batches, type Examples, examplesInMemory, withViews } from '../features/examples.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { forward } from '../models/forward.js';
import { networkUpTo } from '../models/network.js';
import { toParameters } from '../models/parameters.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { evaluateExamples, fit } from './fit.js';
import { initialWeights } from './initialise.js';
import { warmth } from './schedule.js';
import { settled } from './settle.js';
import { Trainer, type TrainerOptions } from './trainer.js';

const network = (() => {
  const net = new NetworkBuilder('small', [6, 6, 2]);
  let x = net.convolution('input', 'one', { filters: 4, kernel: 3, padding: 'same', bias: false });
  x = net.batchNorm(x, 'one_bn', { epsilon: 1e-3, activation: 'relu' });
  x = net.convolution(x, 'two', { filters: 4, kernel: 3, padding: 'same', bias: false });
  x = net.batchNorm(x, 'two_bn', { epsilon: 1e-3, activation: 'relu' });
  net.dense(net.globalAverage(x, 'pool'), 'logits', { units: 2 });
  return net.build();
})();
const initial = initialWeights(network, new Random(1));

/** Maps whose first or second channel is the larger, far from mean 0. */
function maps(size: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Array.from({ length: size }, (_, i) => i % 2);
  const values = labels.flatMap((label) =>
    Array.from({ length: 72 }, (_, i) => 5 + random.normal() + (i % 2 === label ? 1 : 0)),
  );
  return examplesInMemory(Float32Array.from(values), [6, 6, 2], labels);
}

const train = maps(40, 2);
const settings = { optimiser: 'adam', momentum: 0.9, labelSmoothing: 0, batchSize: 16 } as const;

/** Weights after some steps; nothing is left in memory. */
function after(more: Partial<TrainerOptions>, { steps = 3, rate = 0.01 } = {}) {
  const before = tf.memory().numTensors;
  const trainer = new Trainer(network, initial, { ...settings, ...more });
  for (const batch of [...batches(train, 16)].slice(0, steps)) {
    trainer.steps([batch], { learningRate: rate, weightDecay: 0, seeds: [[1, 2]] });
  }
  const result = { weights: trainer.weights(), state: trainer.state(), size: trainer.trainableParameters };
  trainer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}
const same = (name: string, { weights }: ReturnType<typeof after>) =>
  String(weights.get(name)!.data) === String(initial.get(name)!.data);

describe('batch norms', () => {
  it('keep their statistics when a trained network is trained further, and learn gamma and beta', () => {
    const trained = after({});
    expect(['one_bn/mean', 'one_bn/variance'].every((name) => same(name, trained))).toBe(true);
    expect(['one_bn/gamma', 'one_bn/beta'].some((name) => same(name, trained))).toBe(false);
  });

  it('learn them from batches from scratch, so that single pictures are known by them', async () => {
    const before = tf.memory().numTensors;
    const trainer = new Trainer(network, initial, { ...settings, batchStatistics: true });
    const validation = maps(30, 3);
    const { history, weights } = await fit({
      trainer,
      train,
      validation,
      random: new Random(4),
      options: { epochs: 25, learningRate: 0.02, schedule: 'constant', weightDecay: 0, patience: Infinity },
    });
    expect(history.at(-1)!.accuracy).toBeGreaterThan(0.9);
    expect(evaluateExamples(trainer, validation).accuracy).toBeGreaterThan(0.9);
    expect(weights.get('one_bn/mean')!.data).not.toEqual(initial.get('one_bn/mean')!.data);
    const { slots } = trainer.state();
    expect([...slots.get('statistics/steps')!.data]).toEqual([25 * 3]);
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('statistics are those of the averaged weights once these are kept', async () => {
  const before = tf.memory().numTensors;
  const whole = maps(32, 2);
  const trainer = new Trainer(network, initial, { ...settings, batchStatistics: true, averaging: 0.9 });
  expect(trainer.mixesStatistics).toBe(true);
  for (const batch of batches(whole, 16)) {
    trainer.steps([batch], { learningRate: 0.1, weightDecay: 0, seeds: [[1, 2]] });
  }
  const weights = await settled(trainer, whole, { random: new Random(3) });
  expect(weights.get('one/kernel')).toEqual(trainer.weights().get('one/kernel'));
  const { mean, variance } = tf.tidy(() => {
    const parameters = toParameters(weights);
    const inputs = tf.tensor(whole.read([...whole.labels.keys()]), [32, 6, 6, 2]);
    const moments = tf.moments(forward(networkUpTo(network, 'one'), parameters, inputs), [0, 1, 2]);
    tf.dispose([...parameters.values()]);
    return { mean: moments.mean.dataSync(), variance: moments.variance.dataSync() };
  });
  for (const [i, value] of [...mean].entries()) {
    expect(weights.get('one_bn/mean')!.data[i]).toBeCloseTo(value, 3);
    expect(weights.get('one_bn/variance')!.data[i]).toBeCloseTo(variance[i]!, 2);
    expect(trainer.weights().get('one_bn/mean')!.data[i]).not.toBeCloseTo(value, 3);
  }
  trainer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('kept layers stay as they are and are not counted', () => {
  const trained = after({ kept: new Set(['one', 'one_bn']) });
  expect(['one/kernel', 'one_bn/gamma'].every((name) => same(name, trained))).toBe(true);
  expect(same('two/kernel', trained)).toBe(false);
  expect(trained.size).toBe(9 * 4 * 4 + 2 * 4 + 4 * 2 + 2);
});

it('layers have rates of their own, 0 among them', () => {
  const trained = after({ rateOf: (name) => (name.startsWith('two') ? 0 : 1) });
  expect([same('two/kernel', trained), same('one/kernel', trained)]).toEqual([true, false]);
});

it('gradients are shortened to a length together, so that a step of plain descent is no longer', () => {
  const options = { optimiser: 'sgd', momentum: 0, clipNorm: 0.001 } as const;
  const { weights } = after(options, { steps: 1, rate: 1 });
  const squares = [...weights].flatMap(([name, { data }]) =>
    [...data].map((value, i) => (value - initial.get(name)!.data[i]!) ** 2),
  );
  const length = Math.sqrt(squares.reduce((a, b) => a + b, 0));
  expect(length).toBeGreaterThan(0.0009);
  expect(length).toBeLessThan(0.00101);
});

it('averages follow the weights, are what comes out, and a restored state goes on with them', () => {
  const { weights, state } = after({ averaging: 0.9 }, { steps: 1 });
  const name = 'logits/kernel';
  const [begun, last, mean] = [initial.get(name)!, state.weights.get(name)!, weights.get(name)!];
  for (const [i, value] of mean.data.entries()) {
    expect(value).toBeCloseTo(0.9 * begun.data[i]! + 0.1 * last.data[i]!, 5);
  }
  expect(state.slots.get(`${name}/average`)!.data).toEqual(mean.data);
});

describe('other looks and blends of examples', () => {
  const plain = examplesInMemory(
    Float32Array.from({ length: 40 }, (_, i) => i),
    [1],
    Array.from({ length: 40 }, (_, i) => i % 2),
  );
  const negative = {
    ...plain,
    read: (places: readonly number[]) => plain.read(places).map((value) => -value),
  };

  it('are what training sees, every example once, and evaluation does not', () => {
    const seen = [...batches(withViews(plain, [negative]), 8, { random: new Random(1) })];
    const values = seen.flatMap(({ inputs }) => [...inputs]);
    expect(values.map(Math.abs).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(values.filter((value) => value < 0).length).toBeGreaterThan(8);
    expect([...batches(withViews(plain, [negative]), 40)][0]!.inputs).toEqual(
      plain.read([...plain.labels.keys()]),
    );
  });

  it('blend inputs, labels and what they count with one share', () => {
    const options = { random: new Random(2), mixup: 1 };
    for (const { inputs, labels, weights, mixed, count } of batches(plain, 16, options)) {
      for (let i = 0; i < count; i++) {
        expect(weights[i]! + mixed!.weights[i]!).toBeCloseTo(1, 5);
        // even values are of class 0: a blend of two of one class has a label that both have
        if (labels[i] === mixed!.labels[i]) expect(inputs[i]).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('train towards both labels', () => {
    const trainer = new Trainer(network, initial, { ...settings, mixes: true });
    const [whole] = [...batches(train, 16)] as [Batch];
    const half = whole.weights.map((weight) => weight / 2);
    const even = { labels: Int32Array.from(whole.labels, (label) => 1 - label), weights: half };
    const step = { learningRate: 0, weightDecay: 0, seeds: [[1, 2]] as const };
    const [both] = trainer.steps([{ ...whole, weights: half, mixed: even }], step);
    const [own] = trainer.steps([{ ...whole, mixed: { ...even, weights: new Float32Array(16) } }], step);
    const flipped = { ...whole, labels: even.labels, mixed: { ...even, weights: new Float32Array(16) } };
    const [other] = trainer.steps([flipped], step);
    expect(both!.loss).toBeCloseTo((own!.loss + other!.loss) / 2, 4);
    trainer.dispose();
  });

  it('fill the last batch where statistics go over it', () => {
    const [, , last] = [...batches(plain, 16, { random: new Random(1), filled: true })];
    expect(last!.count).toBe(8);
    expect([...last!.weights].filter(Boolean)).toHaveLength(8);
    expect([...last!.inputs].filter((value) => value !== 0).length).toBeGreaterThanOrEqual(15);
  });
});

it('a rate warms up in a straight line', () => {
  expect([0, 1, 2, 3, 4, 5].map((step) => warmth(step, 4))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  expect(warmth(0, 0)).toBe(1);
});
