import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { correctedBest } from './selection-bias.js';

const answers = (random: Random, count: number, p: number) =>
  Array.from({ length: count }, () => random.next() < p);

test('the best of many equals is worth what they all are', () => {
  const random = new Random(1);
  let [plain, corrected] = [0, 0];
  for (let i = 0; i < 12; i++) {
    const right = Array.from({ length: 60 }, () => answers(random, 150, 0.8));
    const found = correctedBest(right, random);
    plain += (found.accuracy + found.flattery) / 12;
    corrected += found.accuracy / 12;
  }
  expect(plain).toBeGreaterThan(0.85);
  expect(Math.abs(corrected - 0.8)).toBeLessThan(0.02);
});

test('one that is far better flatters itself hardly', () => {
  const random = new Random(2);
  const right = [answers(random, 300, 0.95), ...Array.from({ length: 20 }, () => answers(random, 300, 0.6))];
  expect(Math.abs(correctedBest(right, random).flattery)).toBeLessThan(0.005);
  expect(correctedBest([right[0]!], random).flattery).toBeCloseTo(0, 2);
});
