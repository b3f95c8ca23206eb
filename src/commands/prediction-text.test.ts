import { describe, expect, test } from 'vitest';
import type { Prediction } from '../runs/classifier.js';
import {
  predictionsAsCsv,
  predictionsAsJson,
  predictionsAsLines,
  type PredictionText,
} from './prediction-text.js';

const results: Prediction[] = ['a, b.jpg', 'c.jpg'].map((path, i) => ({
  path,
  predictions: [
    { label: 'cats', probability: 0.75 - i / 10 },
    { label: 'dogs', probability: 0.25 + i / 10 },
  ],
}));

const whole = ({ begin, row, end }: PredictionText, written: readonly Prediction[]) =>
  begin + written.map(row).join('') + end;

describe('predictions', () => {
  test('as JSON are an array as JSON.stringify lays it out, also with nothing in it', () => {
    expect(whole(predictionsAsJson(2), results)).toBe(`${JSON.stringify(results, null, 2)}\n`);
    expect(JSON.parse(whole(predictionsAsJson(1), results))[1].predictions).toHaveLength(1);
    expect(JSON.parse(whole(predictionsAsJson(2), []))).toEqual([]);
  });

  test('as CSV have a column a class in its own order', () => {
    expect(whole(predictionsAsCsv(['dogs', 'cats'], { set: false, unlike: false }), results)).toBe(
      'path,predicted,dogs,cats\n"a, b.jpg",cats,0.250000,0.750000\nc.jpg,cats,0.350000,0.650000\n',
    );
  });

  test('say what may be said of them', () => {
    const judged = [
      { ...results[0]!, set: ['cats'], sure: true, likeness: { distance: 0.4, share: 0.3, unlike: false } },
      { ...results[1]!, set: [], sure: false, likeness: { distance: 0.9, share: 0.01, unlike: true } },
    ];
    expect(whole(predictionsAsCsv(['dogs', 'cats'], { set: true, unlike: true }), judged)).toBe(
      'path,predicted,set,unlike,dogs,cats\n"a, b.jpg",cats,cats,false,0.250000,0.750000\nc.jpg,not sure,,true,0.350000,0.650000\n',
    );
    expect(whole(predictionsAsLines(1, 8), judged)).toBe(
      'a, b.jpg  cats 75.0 %; set {cats}\nc.jpg     not sure (cats 65.0 %); set {}; unlike anything it was trained on\n',
    );
    expect(JSON.parse(whole(predictionsAsJson(1), judged))[1]).toEqual({
      path: 'c.jpg',
      sure: false,
      set: [],
      unlike: true,
      likeness: 0.01,
      predictions: [{ label: 'cats', probability: 0.65 }],
    });
  });

  test('as lines stand below each other', () => {
    expect(whole(predictionsAsLines(1, 8), results)).toBe('a, b.jpg  cats 75.0 %\nc.jpg     cats 65.0 %\n');
  });
});
