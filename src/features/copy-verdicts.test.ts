import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import type { CopyKind } from '../data/copies/same-photograph.js';
import { keptVerdicts } from './copy-verdicts.js';

const { scratch } = scratchFolders();

beforeEach(() => vi.stubEnv('FINETUNE_CACHE', scratch()));
afterEach(() => vi.unstubAllEnvs());

const [a, b, c] = ['a', 'b', 'c'].map((digest) => ({
  path: `${digest}.jpg`,
  file: digest,
  digest,
  label: 0,
}));
const facts = new Map();
const never = () => {
  throw new Error('was asked for what is known');
};

test('a pair is decided once, copies or not, in one order of the two', () => {
  const first = keptVerdicts(facts, { cache: true });
  expect(first.of(a!, b!, () => ({ kind: 'turned' }))).toBe('turned');
  expect(first.of(a!, c!, () => ({ kind: undefined }))).toBeUndefined();
  expect(first.has(b!, a!)).toBe(false);
  first.close();
  const next = keptVerdicts(facts, { cache: true });
  expect([next.has(a!, b!), next.has(a!, c!), next.has(b!, c!)]).toEqual([true, true, false]);
  expect([next.of(a!, b!, never), next.of(a!, c!, never)]).toEqual(['turned', undefined]);
  next.close();
});

test('what cannot be told is not kept, and no verdict outlives a cache that is not wanted', () => {
  const first = keptVerdicts(facts, { cache: true });
  expect(first.of(a!, b!, () => undefined)).toBeUndefined();
  first.close();
  const next = keptVerdicts(facts, { cache: false });
  expect(next.of(a!, b!, () => ({ kind: 'exact' satisfies CopyKind }))).toBe('exact');
  next.close();
  const last = keptVerdicts(facts, { cache: true });
  expect(last.has(a!, b!)).toBe(false);
  last.close();
});
