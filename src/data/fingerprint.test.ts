import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  differenceHash,
  fingerprintFrom,
  fingerprintOf,
  fingerprintSize,
  fingerprintText,
  isPlain,
} from './fingerprint.js';

describe('a fingerprint', () => {
  test('of grey as RGB is that of grey', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20 * 16, maxLength: 20 * 16 }), (grey) => {
        const rgb = Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)]!);
        const shape = { height: 16, width: 20 };
        expect(fingerprintOf(rgb, { ...shape, channels: 3 })).toEqual(
          fingerprintOf(grey, { ...shape, channels: 1 }),
        );
      }),
    );
  });

  test('comes back from its text; other texts give none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: fingerprintSize, maxLength: fingerprintSize }), (values) => {
        expect(fingerprintFrom(fingerprintText(values))).toEqual(values);
      }),
    );
    expect(fingerprintFrom('AAAA')).toBeUndefined();
    expect(fingerprintFrom('')).toBeUndefined();
  });

  test('is plain when all cells are as bright, give or take two levels', () => {
    expect(isPlain(new Uint8Array(fingerprintSize).fill(7))).toBe(true);
    expect(isPlain(Uint8Array.from({ length: fingerprintSize }, (_, i) => 200 + (i % 3)))).toBe(true);
    expect(isPlain(Uint8Array.from({ length: fingerprintSize }, (_, i) => 200 + (i % 4)))).toBe(false);
  });
});

test('difference hash: a bit is set where the left cell is clearly brighter', () => {
  // Nine columns of one pixel: falling everywhere, rising everywhere, one clear step, one too small to count.
  const hashOfRows = (row: readonly number[]) =>
    differenceHash(
      fingerprintOf(Uint8Array.from(Array(8).fill(row).flat()), { height: 8, width: 9, channels: 1 }),
    ).map((word) => word >>> 0);
  expect(hashOfRows([90, 80, 70, 60, 50, 40, 30, 20, 10])).toEqual([0xffffffff, 0xffffffff]);
  expect(hashOfRows([10, 20, 30, 40, 50, 60, 70, 80, 90])).toEqual([0, 0]);
  expect(hashOfRows([8, 5, 5, 5, 5, 5, 5, 5, 5])).toEqual([0x80808080, 0x80808080]);
  expect(hashOfRows([7, 5, 5, 5, 5, 5, 5, 5, 5])).toEqual([0, 0]);
});
