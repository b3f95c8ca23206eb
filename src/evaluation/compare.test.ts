import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare } from './compare.js';
import { mcnemar } from './mcnemar.js';

/** Right and wrong answers of two classifiers, of which just one is right on so many pictures. */
function answers(onlyFirst: number, onlySecond: number): [boolean[], boolean[]] {
  const split = (first: boolean) => [
    ...new Array<boolean>(onlyFirst).fill(first),
    ...new Array<boolean>(onlySecond).fill(!first),
    true,
    false,
  ];
  return [split(true), split(false).with(-2, true).with(-1, false)];
}

describe('McNemar', () => {
  // scipy.stats.binomtest(onlyFirst, onlyFirst + onlySecond).pvalue, scipy 1.17
  test.each([
    [0, 0, 1],
    [5, 5, 1],
    [1, 9, 0.021484375],
    [0, 10, 0.001953125],
    [20, 40, 0.01348929373119186],
    [86, 150, 3.7159361395713866e-5],
    [121, 59, 4.4344492637551645e-6],
    [2500, 2400, 0.15727096976576974],
    [300, 700, 1.7665678007949568e-37],
  ])('%i against %i', (onlyFirst, onlySecond, p) => {
    const result = mcnemar(...answers(onlyFirst, onlySecond));
    expect(result).toMatchObject({ onlyFirst, onlySecond });
    expect(result.p / p).toBeCloseTo(1, 9);
  });

  test('is a probability and does not mind the order', () => {
    const size = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const { p } = mcnemar(...answers(a, b));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(mcnemar(...answers(b, a)).p).toBe(p);
      }),
      { numRuns: 50 },
    );
  });

  test('refuses answers to different numbers of pictures', () => {
    expect(() => mcnemar([true], [true, false])).toThrow('received 1 and 2');
  });
});

describe('comparison', () => {
  const right = (path: string) => ({ path, label: 0, probabilities: [0.9, 0.1] });
  const wrong = (path: string) => ({ path, label: 0, probabilities: [0.2, 0.8] });

  test('counts picture by picture', () => {
    const first = [right('a'), right('b'), right('c'), wrong('d')];
    const second = [right('a'), wrong('b'), wrong('c'), right('d')];
    expect(compare(first, second)).toMatchObject({
      difference: 0.25,
      onlyFirst: 2,
      onlySecond: 1,
      mcnemarP: 1,
    });
  });

  test.each([
    ['other pictures', [right('a'), right('b')], [right('a'), right('x')], 'received b and x'],
    ['fewer pictures', [right('a'), right('b')], [right('a')], 'received b and 1'],
    ['more pictures', [right('a')], [right('a'), right('b')], 'received 1 and 2'],
    ['none', [], [], 'received 0 and 0'],
  ])('refuses %s', (_, first, second, message) => {
    expect(() => compare(first, second)).toThrow(message);
  });
});
