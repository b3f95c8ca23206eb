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
    expect(whole(predictionsAsCsv(['dogs', 'cats']), results)).toBe(
      'path,predicted,dogs,cats\n"a, b.jpg",cats,0.250000,0.750000\nc.jpg,cats,0.350000,0.650000\n',
    );
  });

  test('as lines stand below each other', () => {
    expect(whole(predictionsAsLines(1, 8), results)).toBe('a, b.jpg  cats 75.0 %\nc.jpg     cats 65.0 %\n');
  });
});
