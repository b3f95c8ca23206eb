/** Heads of class means: what they are, one picture a class, and what they hold. */
import { expect, test } from 'vitest';
import { type Examples, examplesInMemory, withViews } from '../features/examples.js';
import { forward } from '../models/forward.js';
import { toParameters } from '../models/parameters.js';
import { resolveOptions } from '../runs/options.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { classMeans } from './class-means.js';
import { fitExactHead } from './exact-head.js';
import { fitPrototypeHead } from './prototype-head.js';

const [features, classes] = [12, 3];

function examples(perClass: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Array.from({ length: perClass * classes }, (_, i) => i % classes);
  const values = labels.flatMap((label) =>
    Array.from({ length: features }, (_, i) => random.normal() + (i % classes === label ? 2 : 0)),
  );
  return examplesInMemory(Float32Array.from(values), [features], labels);
}

const none = examplesInMemory(new Float32Array(), [features], []);
const test90 = examples(30, 9);
const context = { random: new Random(7), checkpointFolder: '', hooks: {} };
const options = resolveOptions({ data: '.', head: 'prototypes' });
const share = (rows: readonly (readonly number[])[]) =>
  rows.filter((row, i) => row.indexOf(Math.max(...row)) === test90.labels[i]).length / rows.length;

test('a class is the mean of its examples', () => {
  const before = tf.memory().numTensors;
  const values = Float32Array.from([0, 2, 4, 2, 1, 1]);
  const { means, lengths, products } = classMeans(values, [0, 0, 1], 3, Float32Array.from([1, 1, 1]));
  expect([...means]).toEqual([2, 2, 1, 1, 0, 0]);
  expect([...lengths]).toEqual([8, 2, 0]);
  expect([...products].slice(0, 3)).toEqual([4, 2, 0]);
  expect(tf.memory().numTensors).toBe(before);
});

test.each([1, 2, 5])(
  'with %i a class most held-out pictures are known, by the saved network too',
  (perClass) => {
    const before = tf.memory().numTensors;
    const data = { train: examples(perClass, 1), validation: none, test: test90, classes };
    const trained = fitPrototypeHead(data, options, context);
    expect(share(trained.testProbabilities)).toBeGreaterThan(perClass === 1 ? 0.6 : 0.75);
    // of one picture a class none can be left out to judge by
    expect(trained.folds).toBe(perClass === 1 ? undefined : 5);
    const judged = perClass === 1 ? 0 : perClass * classes;
    expect(trained.validationRight).toHaveLength(judged);
    expect(trained.calibration.labels).toHaveLength(judged);
    const parameters = toParameters(trained.classifier.weights);
    const rows = tf.tidy(() => {
      const inputs = tf.tensor2d(test90.read([...test90.labels.keys()]), [90, features]);
      return tf
        .softmax(tf.div(forward(trained.classifier.network, parameters, inputs), trained.temperature))
        .arraySync();
    }) as number[][];
    for (const [i, row] of rows.entries()) {
      for (const [k, value] of row.entries()) expect(value).toBeCloseTo(trained.testProbabilities[i]![k]!, 4);
    }
    tf.dispose([...parameters.values()]);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test('other looks of the pictures are learned from, by prototypes and by the exact solver', async () => {
  const train = examples(6, 1);
  const shifted: Examples = { ...train, read: (places) => train.read(places).map((value) => value + 1) };
  const data = { train, validation: none, test: test90, classes };
  const looked = { ...data, train: withViews(train, [shifted]), validation: withViews(none, [none]) };
  const fits = [fitPrototypeHead(data, options, context), fitPrototypeHead(looked, options, context)];
  expect(fits[1]!.classifier.weights.get('logits/kernel')).not.toEqual(
    fits[0]!.classifier.weights.get('logits/kernel'),
  );
  const exact = resolveOptions({ data: '.', weightDecay: 0.1 });
  const same = { ...data, train: withViews(train, [train]), validation: withViews(none, [none]) };
  const [once, twice] = [await fitExactHead(data, exact, context), await fitExactHead(same, exact, context)];
  // the same picture again is no news, and is not judged
  expect(twice.validationRight).toEqual(once.validationRight);
  for (const [i, row] of once.testProbabilities.entries()) {
    for (const [k, value] of row.entries()) expect(twice.testProbabilities[i]![k]).toBeCloseTo(value, 2);
  }
});
