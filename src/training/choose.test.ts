import { expect, it } from 'vitest';
import { chooseSetting, weightDecayCandidates } from './choose.js';

/** A hundred validation examples, the first `count` right. */
function right(count: number): boolean[] {
  return Array.from({ length: 100 }, (_, i) => i < count);
}

const usual = { setting: 'usual', right: right(80) };

it('stays with the usual setting when another is better by no more than chance', () => {
  expect(chooseSetting(usual, [{ setting: 'other', right: right(85) }]).setting).toBe('usual'); // 5 against 0: p = 0.0625
});

it('asks the more of each setting the more are tried', () => {
  const other = { setting: 'other', right: right(86) }; // 6 against 0: p = 0.031
  expect(chooseSetting(usual, [other]).setting).toBe('other');
  const five = [...Array(4)].map((_, i) => ({ setting: `no better ${i}`, right: right(80 + i) }));
  expect(chooseSetting(usual, [...five, other]).setting).toBe('usual');
});

it('takes a setting that is better beyond chance, and the best of several', () => {
  const others = [86, 92, 88].map((count) => ({ setting: `${count}`, right: right(count) }));
  expect(chooseSetting(usual, others).setting).toBe('92');
});

it('never takes a worse one', () => {
  expect(chooseSetting(usual, [{ setting: 'worse', right: right(40) }]).setting).toBe('usual');
});

it('offers weight decays that fall as the examples grow: λ = 1 / (variance · examples)', () => {
  expect(weightDecayCandidates(100).usual).toBeCloseTo(1);
  expect(weightDecayCandidates(200).usual).toBeCloseTo(0.5);
  expect(weightDecayCandidates(100).others[0]).toBeCloseTo(10);
});
