import { expect, test } from 'vitest';
import { isOneColour, plainWarning, rangeWarnings } from './odd-pictures.js';

test('one colour, give or take two levels, channel by channel', () => {
  expect(isOneColour(Uint8Array.of(10, 200, 30, 11, 202, 30, 12, 201, 29), 3)).toBe(true);
  expect(isOneColour(Uint8Array.of(10, 200, 30, 13, 200, 30), 3)).toBe(false);
  expect(isOneColour(Uint8Array.of(10, 13), 1)).toBe(false);
  expect(isOneColour(Uint8Array.of(116, 13, 13, 116), 1, true)).toBe(true);
  expect(isOneColour(Uint8Array.of(116, 13, 20, 116), 1, true)).toBe(false);
});

test("one plain picture is nobody's trouble; a twentieth is, or twenty", () => {
  const plain = (count: number) => Array.from({ length: count }, (_, i) => `a/${i}.png`);
  expect(plainWarning(plain(1), 3)).toEqual([]);
  expect(plainWarning(plain(2), 40)[0]).toMatch(
    /^2 pictures of 40 come out in a single colour.*\n {2}a\/0\.png/,
  );
  expect(plainWarning(plain(2), 60)).toEqual([]);
  expect(plainWarning(plain(20), 100_000)).toHaveLength(1);
});

test('ranges are told of once each', () => {
  const range = { low: 0, high: 4095 };
  const many = Array.from({ length: 3000 }, (_, i) => ({ path: `${i}.png`, range }));
  expect(rangeWarnings(many)).toEqual([
    '3,000 pictures with values that are not 8 bits wide: 0 to 4,095 is taken for black to white, as in 0.png.',
  ]);
});
