import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rangeText, valueRange, type Values } from './value-range.js';

describe('black and white', () => {
  test.each<[string, Values, number, number]>([
    ['8 bits in a file of 16', { kind: 'unsigned', min: 0, max: 250 }, 0, 255],
    ['10 bits', { kind: 'unsigned', min: 3, max: 1023 }, 0, 1023],
    ['12 bits', { kind: 'unsigned', min: 900, max: 3000 }, 0, 4095],
    ['14 bits', { kind: 'unsigned', min: 0, max: 4096 }, 0, 16_383],
    ['16 bits', { kind: 'unsigned', min: 0, max: 65_535 }, 0, 65_535],
    ['32 bits', { kind: 'unsigned', min: 0, max: 2 ** 32 - 1 }, 0, 2 ** 32 - 1],
    ['computed tomography', { kind: 'signed', min: -1000, max: 3071 }, -1024, 4095],
    ['floats from 0 to 1', { kind: 'float', min: 0, max: 0.4 }, 0, 1],
    ['floats that resampling drove over', { kind: 'float', min: -0.02, max: 1.03 }, 0, 1],
    ['floats from -1 to 1', { kind: 'float', min: -0.9, max: 1 }, -1, 1],
    ['floats of 8 bits', { kind: 'float', min: 0, max: 255 }, 0, 255],
    ['floats of 12 bits', { kind: 'float', min: 0, max: 4000.5 }, 0, 4095],
    ['floats of something', { kind: 'float', min: 0, max: 5.3 }, 0, 16],
    ['as the file says', { kind: 'float', min: 3, max: 500, declared: { low: 0, high: 1000 } }, 0, 1000],
    ['12 bits, says a dark one', { kind: 'unsigned', min: 0, max: 90, declared: { high: 4095 } }, 0, 4095],
    [
      'what a file says wrongly',
      { kind: 'unsigned', min: 0, max: 9000, declared: { high: 4095 } },
      0,
      16_383,
    ],
    [
      'room for 16 bits, which says nothing',
      { kind: 'unsigned', min: 0, max: 90, declared: { high: 65_535 } },
      0,
      255,
    ],
  ])('%s', (_, values, low, high) => {
    expect(valueRange(values)).toEqual({ low, high });
  });

  test('hold every integer, and use a quarter of the range at least', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.nat(2 ** 31), (min, more) => {
        const max = min + more;
        const { low, high } = valueRange({ kind: 'signed', min, max });
        expect(low).toBeLessThanOrEqual(min);
        expect(high).toBeGreaterThanOrEqual(max);
        if (max > 255) expect(high).toBeLessThan(4 * (max + 1));
      }),
    );
  });

  test('for people', () => {
    expect(rangeText({ low: -1024, high: 4095 })).toBe('-1,024 to 4,095');
  });
});
