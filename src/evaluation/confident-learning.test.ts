import { describe, expect, it } from 'vitest';
import { byMargin, suspiciousLabels } from './confident-learning.js';

describe('confident learning', () => {
  // class 0 is sure of itself (mean 0.8), class 1 is not (mean 0.6)
  const labels = [0, 0, 0, 1, 1, 1];
  const probabilities = [
    [0.95, 0.05],
    [0.95, 0.05],
    [0.5, 0.5],
    [0.9, 0.1],
    [0.1, 0.9],
    [0.2, 0.8],
  ];

  it('picks what reaches the threshold of another class', () => {
    expect(suspiciousLabels(labels, probabilities)).toEqual([
      { example: 3, label: 1, looksLike: 0, margin: 0.1 - 0.9, probability: 0.9 },
    ]);
  });

  it('leaves alone what no class is sure of, however little its label is believed', () => {
    const unsure = [...probabilities.slice(0, 2), [0.45, 0.55], ...probabilities.slice(3)];
    expect(suspiciousLabels(labels, unsure).map(({ example }) => example)).toEqual([3]);
    expect(byMargin(labels, unsure).map(({ example }) => example)).toEqual([3, 2, 5, 4, 0, 1]);
  });

  it('has nothing to say of nothing', () => {
    expect(suspiciousLabels([], [])).toEqual([]);
  });
});
