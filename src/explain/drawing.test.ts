/** What a sheet is drawn with. */
import { describe, expect, test } from 'vitest';
import { lightnessOf, mapColour } from './colour-map.js';
import { overlay } from './overlay.js';
import { resizeMap } from './resize-map.js';

describe('resizing a map', () => {
  test('keeps what is the same everywhere, and ramps away from the edges', () => {
    const flat = resizeMap({ height: 7, width: 7, values: new Array<number>(49).fill(2.5) }, 224, 224);
    for (const value of flat) expect(value).toBeCloseTo(2.5, 9);
    const ramp = resizeMap({ height: 1, width: 8, values: [0, 1, 2, 3, 4, 5, 6, 7] }, 1, 80);
    for (let i = 16; i < 64; i++) expect(ramp[i]).toBeCloseTo((i + 0.5) / 10 - 0.5, 9);
  });

  test('goes through the middle of each cell', () => {
    const values = [0.3, -1, 4, 2, 0, 7];
    const large = resizeMap({ height: 2, width: 3, values }, 10, 15);
    for (const [i, value] of values.entries()) {
      const [y, x] = [Math.floor(i / 3) * 5 + 2, (i % 3) * 5 + 2];
      expect(large[y * 15 + x]).toBeCloseTo(value, 9);
    }
  });
});

describe('colours', () => {
  test('keep the lightness of the picture, whatever the value', () => {
    for (const lightness of [0, 0.3, 0.6, 1]) {
      const found = [-1, -0.5, 0, 0.5, 1].map((value) => lightnessOf(...mapColour(lightness, value)));
      expect(Math.max(...found) - Math.min(...found)).toBeLessThan(0.02);
    }
  });

  test('are grey for nothing, orange for, blue against', () => {
    const [grey, orange, blue] = [0, 1, -1].map((value) => mapColour(0.5, value));
    expect(new Set(grey).size).toBe(1);
    expect(orange![0]).toBeGreaterThan(orange![2] + 100);
    expect(blue![2]).toBeGreaterThan(blue![0] + 100);
  });

  test('a map of zeros leaves the picture grey', () => {
    const map = { height: 2, width: 2, values: [0, 0, 0, 0] };
    const out = overlay(new Uint8Array(3 * 16).fill(90), { height: 4, width: 4 }, map);
    expect(new Set(out).size).toBe(1);
  });
});
