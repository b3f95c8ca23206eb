import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { pooledMetrics } from './pooled-metrics.js';

const labels = ['a', 'b', 'c'];

test('macro-F1 and the classes, by hand', () => {
  const truth = [0, 0, 0, 1, 1, 2];
  const { macroF1, perClass, accuracy } = pooledMetrics([[0, 0, 1, 1, 1, 1]], truth, labels, new Random(1));
  expect(accuracy.accuracy).toBeCloseTo(4 / 6, 12);
  // F1: a 2·2/(2+3), b 2·2/(4+2), c 0
  expect(macroF1.value).toBeCloseTo((0.8 + 2 / 3 + 0) / 3, 12);
  expect(perClass.map(({ label, n }) => [label, n])).toEqual([
    ['a', 3],
    ['b', 2],
    ['c', 1],
  ]);
  expect(perClass[1]).toMatchObject({ accuracy: 1, precision: 0.5 });
  expect(perClass[2]).toMatchObject({ accuracy: 0, precision: null, f1: null });
});

test('repetitions of the same answers leave figures and their doubt as they are', () => {
  const random = new Random(2);
  const truth = Array.from({ length: 120 }, () => random.below(3));
  const answers = truth.map((label) => (random.next() < 0.8 ? label : random.below(3)));
  const once = pooledMetrics([answers], truth, labels, new Random(3));
  const thrice = pooledMetrics([answers, answers, answers], truth, labels, new Random(3));
  expect(thrice.macroF1).toEqual(once.macroF1);
  expect(thrice.accuracy.ci95[0]).toBeCloseTo(once.accuracy.ci95[0], 10);
  expect(once.macroF1.ci95[0]).toBeLessThan(once.macroF1.value);
  expect(once.macroF1.ci95[1]).toBeGreaterThan(once.macroF1.value);
});
