import { expect, it } from 'vitest';
import { forward } from '../models/forward.js';
import { networkUpTo } from '../models/network.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { examplesInMemory } from '../features/examples.js';
import { buildHead } from './heads.js';
import { standardiseLayer } from './head-names.js';
import { featureStatistics, standardiser, wholePart } from './standardise.js';

const [size, features] = [300, 5];
const random = new Random(3);
const values = Float32Array.from(
  { length: size * features },
  (_, i) => 2 + (1 + (i % features)) * random.normal(),
);
const examples = examplesInMemory(values, [features], new Array<number>(size).fill(0));

it("gives what the head's first layers give", () => {
  const { weights, apply } = standardiser(featureStatistics(examples));
  const places = Array.from({ length: size }, (_, i) => i);
  const ready = apply(examples).read(places);
  const layers = networkUpTo(buildHead('linear', features, 2), standardiseLayer);
  const expected = tf.tidy(() => {
    const parameters = new Map([...weights].map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
    return forward(layers, parameters, tf.tensor(values, [size, features])).dataSync();
  });
  for (const [i, value] of ready.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
});

it('gives every feature mean 0 and, where it varies, deviation 1', () => {
  const ready = standardiser(featureStatistics(examples)).apply(examples);
  const all = ready.read(Array.from({ length: size }, (_, i) => i));
  for (let feature = 0; feature < features; feature++) {
    const column = Array.from({ length: size }, (_, i) => all[i * features + feature]!);
    const mean = column.reduce((a, b) => a + b) / size;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size);
    expect(mean).toBeCloseTo(0, 4);
    expect(deviation).toBeGreaterThan(0.95);
    expect(deviation).toBeLessThanOrEqual(1);
  }
});

it('leaves the examples themselves as they are', () => {
  const copy = values.slice();
  standardiser(featureStatistics(examples)).apply(examples).read([0, 1]);
  expect(values).toEqual(copy);
});

it('keeps some of the features, one part quieter than another', () => {
  const statistics = featureStatistics(examples);
  const whole = standardiser(statistics, wholePart(features), 'each').apply(examples).read([7]);
  const parts = [
    { offset: 3, size: 2, weight: 0.5 },
    { offset: 0, size: 1, weight: 1 },
  ];
  const some = standardiser(statistics, parts, 'each');
  expect(some.features).toBe(3);
  const expected = [whole[3]! / 2, whole[4]! / 2, whole[0]!];
  for (const [i, value] of some.apply(examples).read([7]).entries())
    expect(value).toBeCloseTo(expected[i]!, 5);
});

it('divides all features by one deviation when they are scaled together', () => {
  const statistics = featureStatistics(examples);
  const { weights } = standardiser(statistics, wholePart(features), 'together');
  const mean = statistics.variance.reduce((a, b) => a + b) / features;
  for (const value of weights.get('standardise/variance')!.data) expect(value).toBeCloseTo(mean, 4);
});
