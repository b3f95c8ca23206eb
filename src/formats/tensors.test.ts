import { expect, test } from 'vitest';
import { allFinite } from './tensors.js';

test.each([
  ['numbers of any size', [0, -0, 1e-45, -3.4e38, 3.4e38], true],
  ['nothing', [], true],
  ['no number among them', [1, Number.NaN, 2], false],
  ['an infinite one', [1, Number.POSITIVE_INFINITY], false],
  ['two that would cancel out', [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], false],
])('%s', (_, values, expected) => {
  expect(allFinite(Float32Array.from(values))).toBe(expected);
});
