import { expect, test } from 'vitest';
import { type FinetuneOptions, resolveOptions } from './options.js';

test.each<[string, Partial<FinetuneOptions>]>([
  ['--head prototypes', { head: 'prototypes' }],
  ['--head mlp', { head: 'mlp' }],
  ['--unfreeze', { unfreeze: 'block5' }],
  ['--from-scratch', { fromScratch: true }],
  ['what only training in steps heeds', { epochs: 3 }],
])('a search for a linear head is refused with %s', (what, options) => {
  expect(() => resolveOptions({ data: '.', effort: 'best', ...options })).toThrow(
    `frozen base, for that is what it searches for, but received ${what}.`,
  );
});

test('a search for a linear head alone is taken', () => {
  expect(resolveOptions({ data: '.', effort: 'best' })).toMatchObject({ solver: 'exact', base: 'auto' });
});
