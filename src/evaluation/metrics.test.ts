import { describe, expect, test } from 'vitest';
import { calibrationError, confidenceBins } from './calibration.js';
import { measure } from './metrics.js';
import { confusionMatrix, frequentConfusions, surestMistakes } from './mistakes.js';
import { predictedClass, rankOfTruth } from './predictions.js';

const labels = ['ant', 'bee', 'cat'];
const predictions = [
  { path: 'a', label: 0, probabilities: [0.8, 0.1, 0.1] },
  { path: 'b', label: 0, probabilities: [0.1, 0.7, 0.2] },
  { path: 'c', label: 1, probabilities: [0.2, 0.6, 0.2] },
  { path: 'd', label: 1, probabilities: [0.9, 0.05, 0.05] },
];

describe('metrics', () => {
  test('accuracy, precision, recall, balanced accuracy, log loss', () => {
    const metrics = measure(predictions, labels);
    expect(metrics.accuracy).toBe(0.5);
    expect(metrics.perClass['ant']).toMatchObject({ n: 2, accuracy: 0.5, precision: 0.5, f1: 0.5 });
    expect(metrics.perClass['cat']).toBeUndefined();
    expect(metrics.balancedAccuracy).toBe(0.5);
    expect(metrics.top5).toBeUndefined();
    const expected = -(Math.log(0.8) + Math.log(0.1) + Math.log(0.6) + Math.log(0.05)) / 4;
    expect(metrics.logLoss).toBeCloseTo(expected);
  });

  // By hand: ants 2 of 3 and precision 2/3, bees 2 of 2 and precision 2/3, the cat taken for an ant.
  test('a class that is never recognised', () => {
    const answers = [0, 0, 1, 1, 1, 0];
    const rows = [0, 0, 0, 1, 1, 2].map((label, i) => ({
      path: String(i),
      label,
      probabilities: [0, 1, 2].map((c) => (c === answers[i] ? 0.6 : 0.2)),
    }));
    const { perClass, balancedAccuracy } = measure(rows, labels);
    expect(perClass['bee']).toMatchObject({ accuracy: 1, precision: 2 / 3 });
    expect(perClass['bee']!.f1).toBeCloseTo(0.8, 12);
    expect(perClass['cat']).toMatchObject({ accuracy: 0, precision: null, f1: null });
    expect(balancedAccuracy).toBeCloseTo(5 / 9, 12);
  });

  test('top-5 counts with more than five classes', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'f'];
    const row = [0.3, 0.25, 0.2, 0.15, 0.07, 0.03];
    expect(measure([{ path: 'x', label: 5, probabilities: row }], six).top5).toBe(0);
    expect(measure([{ path: 'x', label: 4, probabilities: row }], six).top5).toBe(1);
  });

  test('among equals the first class counts as the answer and as the better one', () => {
    expect(predictedClass([0.25, 0.25, 0.25, 0.25])).toBe(0);
    expect(rankOfTruth({ path: 'x', label: 2, probabilities: [0.25, 0.25, 0.25, 0.25] })).toBe(3);
  });

  test('class names that JavaScript knows, and numbers, are names like others', () => {
    const odd = ['__proto__', 'constructor', '10'];
    const { perClass } = measure(predictions, odd);
    expect(Object.keys(JSON.parse(JSON.stringify(perClass)))).toEqual(['__proto__', 'constructor']);
  });

  test.each([[[Number.NaN, 0, 0]], [[1.5, 0, 0]], [[-0.5, 1, 0.5]]])('refuses %j', (probabilities) => {
    expect(() => measure([{ path: 'a.jpg', label: 0, probabilities }], labels)).toThrow('for a.jpg');
  });

  test('refuses an empty set', () => {
    expect(() => measure([], labels)).toThrow('received 0 of 0');
  });
});

describe('mistakes', () => {
  test('the confusion matrix has true classes in rows', () => {
    expect(confusionMatrix(predictions, 3)).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
  });

  test('the surest mistake comes first', () => {
    expect(surestMistakes(predictions, 1).map(({ path }) => path)).toEqual(['d']);
  });

  test('the most frequent confusion comes first', () => {
    const matrix = [
      [9, 1, 0],
      [4, 5, 0],
      [0, 2, 8],
    ];
    expect(frequentConfusions(matrix, 2)).toEqual([
      { label: 1, answer: 0, count: 4 },
      { label: 2, answer: 1, count: 2 },
    ]);
  });
});

describe('calibration', () => {
  test('answers fall into the bin of their probability, upper ends included', () => {
    const sure = (confidence: number, label: number) => ({
      path: '',
      label,
      probabilities: [confidence, 1 - confidence],
    });
    const bins = confidenceBins([sure(1, 0), sure(0.9, 0), sure(0.6, 1), sure(0.55, 0)], 5);
    expect(bins.map(({ n, accuracy }) => [n, accuracy])).toEqual([
      [2, 0.5],
      [2, 1],
    ]);
    expect(bins[0]).toMatchObject({ from: 0.4, to: 0.6 });
  });

  test('the error is the weighted distance', () => {
    // each in a bin of its own: |0.6 − 1| and |0.7 − 0|, half the pictures each
    const rows = [
      { path: 'a', label: 0, probabilities: [0.6, 0.4] },
      { path: 'b', label: 1, probabilities: [0.7, 0.3] },
    ];
    expect(calibrationError(rows)).toBeCloseTo((Math.abs(0.6 - 1) + Math.abs(0.7 - 0)) / 2, 12);
  });

  test('a forecast that is always sure and always right has none', () => {
    expect(calibrationError([{ path: 'a', label: 1, probabilities: [0, 1] }])).toBe(0);
  });
});
