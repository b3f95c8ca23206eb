import { describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { changesOf, type PairedAnswer } from './changes.js';

/** Pictures of a class: right in both, only before, only now. */
function pictures(label: string, both: number, onlyBefore: number, onlyNow: number): PairedAnswer[] {
  const some = (count: number, now: boolean, before: boolean) =>
    Array.from({ length: count }, () => ({ label, now, before }));
  return [...some(both, true, true), ...some(onlyBefore, false, true), ...some(onlyNow, true, false)];
}

describe('a change as a whole', () => {
  // Exact: 2 · 0.5⁶ = 0.03125, 2 · 0.5⁵ = 0.0625.
  test.each([
    [6, 0, 'drop', 0.03125],
    [5, 0, 'chance', 0.0625],
    [0, 6, 'gain', 0.03125],
    [20, 18, 'chance', 0.8714],
  ] as const)('%d only before, %d only now: %s', (onlyBefore, onlyNow, verdict, p) => {
    const { all } = changesOf(pictures('a', 100, onlyBefore, onlyNow));
    expect(all.verdict).toBe(verdict);
    expect(all.mcnemarP).toBeCloseTo(p, 4);
    expect(all.n).toBe(100 + onlyBefore + onlyNow);
    expect(all.difference).toBeCloseTo((onlyNow - onlyBefore) / all.n, 12);
    expect(all.accuracy - all.accuracyBefore).toBeCloseTo(all.difference, 12);
  });

  test('needs pictures', () => {
    expect(() => changesOf([])).toThrow('received none');
  });
});

describe('classes', () => {
  test('what is a drop alone may be chance among many', () => {
    const alone = changesOf(pictures('a', 20, 6, 0)).perClass;
    expect(alone.map(({ verdict }) => verdict)).toEqual(['drop']);
    const many = changesOf([
      ...pictures('a', 20, 6, 0),
      ...pictures('b', 20, 0, 6),
      ...pictures('c', 20, 1, 0),
    ]);
    expect(many.perClass.map(({ label, verdict }) => [label, verdict])).toEqual([
      ['a', 'chance'],
      ['b', 'chance'],
      ['c', 'chance'],
    ]);
  });

  test('one may fall while all together stay', () => {
    const { all, perClass } = changesOf([...pictures('a', 20, 10, 0), ...pictures('b', 20, 0, 10)]);
    expect(all.verdict).toBe('chance');
    expect(perClass.map(({ verdict }) => verdict)).toEqual(['drop', 'gain']);
  });

  test('keep the order in which they are met, names of all kinds', () => {
    const { perClass } = changesOf(['10', '2', '__proto__'].flatMap((label) => pictures(label, 1, 0, 0)));
    expect(perClass.map(({ label }) => label)).toEqual(['10', '2', '__proto__']);
  });
});

test('of equals, at most one in twenty shows a drop anywhere', () => {
  const random = new Random(3);
  const trials = 2000;
  let alarms = 0;
  for (let trial = 0; trial < trials; trial++) {
    const answers = Array.from({ length: 200 }, (_, i) => {
      const label = String(i % 4);
      return { label, now: random.next() < 0.7, before: random.next() < 0.7 };
    });
    const { all, perClass } = changesOf(answers);
    if ([all, ...perClass].some(({ verdict }) => verdict === 'drop')) alarms++;
  }
  expect(alarms / trials).toBeLessThan(0.05);
  expect(alarms / trials).toBeGreaterThan(0.01);
});
