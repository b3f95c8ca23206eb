import { describe, expect, it } from 'vitest';
import { lenet5 } from '../models/lenet5.js';
import type { Network } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { UserError } from '../runtime/errors.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { type Examples, examplesInMemory } from '../features/examples.js';
import { evaluateExamples, fit, type FitInput, type FitProgress, predictExamples } from './fit.js';
import { initialWeights } from './initialise.js';
import { optimiserNames } from './optimiser-names.js';
import { Trainer, type TrainerOptions } from './trainer.js';

/** Points of three classes around three corners. */
function points(size: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Array.from({ length: size }, (_, i) => i % 3);
  const values = labels.flatMap((label) => [0, 1, 2].map((i) => (i === label ? 2 : 0) + random.normal()));
  return examplesInMemory(Float32Array.from(values), [3], labels);
}

function perceptron(): Network {
  const net = new NetworkBuilder('perceptron', [3]);
  const hidden = net.dense('input', 'hidden', { units: 8, activation: 'relu' });
  net.dense(net.dropout(hidden, 'dropout', 0.2), 'logits', { units: 3 });
  return net.build();
}

function trainerOf(options: Partial<TrainerOptions> = {}, network = perceptron()): Trainer {
  const settings = {
    optimiser: 'adam',
    momentum: 0.9,
    labelSmoothing: 0,
    batchSize: 16,
    ...options,
  } as const;
  return new Trainer(network, initialWeights(network, new Random(1)), settings);
}

function fitInput(trainer: Trainer, options: Partial<FitInput['options']> = {}): FitInput {
  return {
    trainer,
    train: points(90, 5),
    validation: points(45, 6),
    random: new Random(2),
    options: {
      epochs: 6,
      learningRate: 0.02,
      schedule: 'cosine',
      weightDecay: 0.001,
      patience: Number.POSITIVE_INFINITY,
      ...options,
    },
  };
}

describe('a fit', () => {
  it.each(optimiserNames)('lowers the loss with %s, label smoothing and class weights', async (optimiser) => {
    const trainer = trainerOf({ optimiser, labelSmoothing: 0.1 });
    const { history } = await fit(fitInput(trainer, { epochs: 12, classWeights: [1, 2, 1] }));
    expect(history.at(-1)!.loss).toBeLessThan(0.8 * history[0]!.loss);
    expect(history.at(-1)!.validationAccuracy).toBeGreaterThan(0.7);
    trainer.dispose();
  });

  it('gives the same figures for the same seed', async () => {
    const runs = [];
    for (let i = 0; i < 2; i++) {
      const trainer = trainerOf();
      runs.push((await fit(fitInput(trainer))).weights);
      trainer.dispose();
    }
    expect(runs[0]).toEqual(runs[1]);
  });

  it('that was interrupted goes on exactly where it was', async () => {
    const whole = trainerOf();
    const expected = await fit(fitInput(whole));
    const first = trainerOf();
    let saved: FitProgress | undefined;
    await fit({
      ...fitInput(first),
      onEpoch: (record, progress) => {
        if (record.epoch === 3) saved = progress();
      },
    });
    const second = trainerOf();
    const resumed = await fit({ ...fitInput(second), resume: saved! });
    expect(resumed.weights).toEqual(expected.weights);
    expect(resumed.history.map(({ loss }) => loss)).toEqual(expected.history.map(({ loss }) => loss));
    for (const trainer of [whole, first, second]) trainer.dispose();
  });

  it('ends with the weights of the best epoch when it stops early', async () => {
    const trainer = trainerOf();
    const input = fitInput(trainer, { epochs: 60, learningRate: 0.3, schedule: 'constant', patience: 3 });
    const { weights, bestEpoch, history } = await fit(input);
    expect(history).toHaveLength(bestEpoch + 3);
    trainer.reset(weights);
    const { loss } = evaluateExamples(trainer, input.validation!);
    expect(loss).toBeCloseTo(Math.min(...history.map(({ validationLoss }) => validationLoss!)), 5);
    trainer.dispose();
  });

  it('stops at the signal, between batches', async () => {
    const trainer = trainerOf();
    const controller = new AbortController();
    const result = await fit({
      ...fitInput(trainer),
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) controller.abort();
      },
    });
    expect(result.interrupted).toBe(true);
    expect(result.history).toHaveLength(2);
    trainer.dispose();
  });

  it('says so when the loss is no longer a number', async () => {
    const trainer = trainerOf({ optimiser: 'sgd' });
    const diverging = fit(fitInput(trainer, { learningRate: 1e30 }));
    await expect(diverging).rejects.toThrow(UserError);
    await expect(diverging).rejects.toThrow(/diverged.*--learning-rate/);
    trainer.dispose();
  });
});

describe('a trainer', () => {
  it('begins anew after a reset', async () => {
    const trainer = trainerOf();
    const weights = trainer.weights();
    const first = await fit(fitInput(trainer));
    trainer.reset(weights);
    expect((await fit(fitInput(trainer))).weights).toEqual(first.weights);
    trainer.dispose();
  });

  it('gives probabilities that add up to 1, one row for each example', () => {
    const trainer = trainerOf();
    const rows = predictExamples(trainer, points(20, 7));
    expect(rows).toHaveLength(20);
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    trainer.dispose();
  });

  it('leaves the statistics of batch normalisation as they are', async () => {
    const net = new NetworkBuilder('normalised', [3]);
    net.dense(net.batchNorm('input', 'norm', { epsilon: 1e-3 }), 'logits', { units: 3 });
    const trainer = trainerOf({}, net.build());
    const before = trainer.weights();
    await fit(fitInput(trainer));
    const after = trainer.weights();
    for (const part of ['mean', 'variance'])
      expect(after.get(`norm/${part}`)).toEqual(before.get(`norm/${part}`));
    expect(after.get('norm/gamma')).not.toEqual(before.get('norm/gamma'));
    trainer.dispose();
  });

  it('trains a convolutional network and leaks no tensors', async () => {
    const before = tf.memory().numTensors;
    const random = new Random(4);
    const labels = Array.from({ length: 32 }, (_, i) => i % 2);
    const pixels = Float32Array.from(
      { length: 32 * 32 * 32 },
      (_, i) => labels[Math.floor(i / 1024)]! * (i % 32 < 16 ? 1 : 0) + 0.1 * random.normal(),
    );
    const trainer = trainerOf({}, lenet5({ classes: 2, channels: 1 }));
    const train = examplesInMemory(pixels, [32, 32, 1], labels);
    const { history } = await fit({
      ...fitInput(trainer, { learningRate: 0.002 }),
      train,
      validation: train,
    });
    expect(history.at(-1)!.validationAccuracy).toBe(1);
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
