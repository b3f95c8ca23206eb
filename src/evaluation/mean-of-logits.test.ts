import { expect, test } from 'vitest';
import { meanOfLogits } from './mean-of-logits.js';

test('is the softmax of the mean of what was put into both softmaxes', () => {
  const softmax = (logits: number[]) => {
    const powers = logits.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  };
  const [one, other] = [
    [1, 2, 0.5],
    [0, -1, 3],
  ] as const;
  const mean = softmax(one.map((logit, i) => (logit + other[i]!) / 2));
  const found = meanOfLogits(softmax([...one]), softmax([...other]));
  for (const [i, p] of mean.entries()) expect(found[i]).toBeCloseTo(p, 12);
});
