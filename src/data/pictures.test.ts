import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byCodePoints, counted, listed } from './pictures.js';

test('strings sort as their UTF-8 bytes do', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'é', '\uD7FF', '\uE000', '\uFFFD', '𝒜', '😀', '犬'),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(byCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('lists end with how many more there are', () => {
  expect(listed(['a', 'b'])).toBe('\n  a\n  b');
  expect(listed(Array(25).fill('a')).split('\n').slice(-2)).toEqual(['  a', '  and 5 more']);
});

test('numbers agree with their nouns', () => {
  expect([0, 1, 1234].map((n) => counted(n, 'class', 'classes'))).toEqual([
    '0 classes',
    '1 class',
    '1,234 classes',
  ]);
});
