import { describe, expect, test } from 'vitest';
import { examplesInMemory } from '../features/examples.js';
import { forward } from '../models/forward.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { fitBestHead } from './best-head.js';
import { settingsAllowed } from './choose-blend.js';
import { choleskyFactor, solveLower, solveLowerTransposed } from './cholesky.js';
import { discriminants } from './discriminant.js';
import { trainingOptions, type TrainingOptions } from './options.js';
import { withTemperature } from './temperature.js';
import { z } from 'zod';

const options = {
  ...z.object(trainingOptions).parse({}),
  solver: 'exact',
  effort: 'best',
} as TrainingOptions;

const classes = 3;
const parts = [
  { layer: 'good', pool: 'average', size: 6, weight: 1, optional: false },
  { layer: 'noise', pool: 'average', size: 40, weight: 1, optional: false },
  { layer: 'more', pool: 'average', size: 6, weight: 0.5, optional: true },
] as const;

/** Classes that 'good' and 'more' tell apart, each in part, and 'noise' not at all. */
function examples(count: number, seed: number) {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const normal = () => random.normal();
  const rows = labels.flatMap((label) => [
    ...Array.from({ length: 6 }, (_, f) => normal() + (f === label ? 1.6 : 0)),
    ...Array.from({ length: 40 }, () => 1.5 * normal()),
    ...Array.from({ length: 6 }, (_, f) => normal() + (f === label ? 1.6 : 0)),
  ]);
  return examplesInMemory(Float32Array.from(rows), [52], labels);
}

describe('a head that is searched for', () => {
  test('keeps what helps, leaves out what does not, and says so', async () => {
    const data = {
      train: examples(90, 1),
      validation: examples(0, 2),
      test: examples(30, 3),
      classes,
      parts,
    };
    const before = tf.memory().numTensors;
    const trained = await fitBestHead(data, options, {
      random: new Random(0),
      checkpointFolder: '',
      hooks: {},
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(trained.parts!.map(({ layer }) => layer)).toEqual(['good', 'more']);
    const { choice } = trained;
    expect(choice!.left).toEqual(['noise']);
    for (const { without } of choice!.sources) expect(without!.logLoss).toBeGreaterThan(choice!.logLoss);
    expect(choice!.corrected.accuracy).toBeLessThanOrEqual(1);
    expect(choice!.tried).toBeGreaterThan(4);

    // the network that is saved answers what the figures are of
    const { network, weights } = trained.classifier;
    const test = data.test.read([0, 1, 2]);
    const read = Float32Array.from(
      [0, 1, 2].flatMap((row) =>
        [...Array(6).keys(), ...[46, 47, 48, 49, 50, 51]].map((f) => test[row * 52 + f]!),
      ),
    );
    const rows = tf.tidy(() => {
      const parameters = new Map(
        [...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
      );
      return tf.softmax(forward(network, parameters, tf.tensor2d(read, [3, 12]))).arraySync() as number[][];
    });
    for (const [i, row] of rows.entries())
      for (const [k, p] of withTemperature(row, trained.temperature).entries())
        expect(p).toBeCloseTo(trained.testProbabilities[i]![k]!, 5);
  });

  test('tries fewer settings of more pictures: the amount is counted, not timed', () => {
    expect(settingsAllowed(700, 7)).toBeGreaterThan(100);
    expect(settingsAllowed(2000, 37)).toBeLessThan(30);
  });
});

test('a triangle and its solutions', () => {
  const matrix = [4, 2, 2, 3];
  const factor = choleskyFactor(matrix, 2);
  expect([...factor]).toEqual([2, 0, 1, Math.SQRT2]);
  const solved = solveLowerTransposed(factor, 2, solveLower(factor, 2, Float64Array.of(8, 7), 1), 1);
  expect(solved[0]).toBeCloseTo(1.25, 12);
  expect(solved[1]).toBeCloseTo(1.5, 12);
  expect(() => choleskyFactor([1, 2, 2, 1], 2)).toThrow('positive definite');
});

test('discriminant analysis of two classes on a line finds the middle between their means', () => {
  const examples = { values: Float32Array.of(0, 2, 10, 12), features: 1, labels: [0, 0, 1, 1], classes: 2 };
  const [point] = discriminants(examples, () => true, [1]);
  const score = (x: number, k: number) => x * point![k]! + point![2 + k]!;
  expect(score(6, 0)).toBeCloseTo(score(6, 1), 6);
  expect(score(7, 1)).toBeGreaterThan(score(7, 0));
});
