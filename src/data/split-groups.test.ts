import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Picture } from './pictures.js';
import { drawGroups } from './split-groups.js';

const shares = { validation: 0.15, test: 0.15 };
const labels = ['cat', 'dog'];

function pictures(groups: readonly { readonly label: number; readonly size: number }[]): Picture[] {
  return groups.flatMap(({ label, size }, g) =>
    Array.from({ length: size }, (_, i) => ({
      path: `${g}-${i}`,
      file: `${g}-${i}`,
      label,
      digest: `${g}-${i}`,
      group: `g${g}`,
    })),
  );
}

describe('a split that keeps groups whole', () => {
  it('parts no group, loses no picture, and has every class in every part', () => {
    const group = fc.record({ label: fc.constantFrom(0, 1), size: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(group, { minLength: 6, maxLength: 40 }), fc.nat(99), (groups, seed) => {
        const few = [0, 1].some((label) => groups.filter((one) => one.label === label).length < 3);
        fc.pre(!few);
        const all = pictures(groups);
        const split = drawGroups(labels, all, seed, shares, []);
        const parts = Object.values(split);
        expect(parts.flat()).toHaveLength(all.length);
        for (const part of parts) expect(new Set(part.map(({ label }) => label)).size).toBe(2);
        const names = parts.map((part) => new Set(part.map((one) => one.group)));
        expect(new Set(names.flatMap((set) => [...set])).size).toBe(
          names.reduce((sum, set) => sum + set.size, 0),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('comes near the shares where groups are small, and is the same for the same seed', () => {
    const all = pictures(Array.from({ length: 100 }, (_, i) => ({ label: i % 2, size: 4 })));
    const warnings: string[] = [];
    const { test, validation } = drawGroups(labels, all, 1, shares, warnings);
    expect(test.length).toBeGreaterThanOrEqual(56);
    expect(test.length).toBeLessThanOrEqual(64);
    expect(Math.abs(validation.length - 60)).toBeLessThanOrEqual(4);
    expect(warnings).toEqual([]);
    expect(drawGroups(labels, [...all].reverse(), 1, shares, []).test).toEqual(test);
  });

  it('says where a group is larger than its part', () => {
    const sizes = [50, 40, 30].map((size) => ({ label: 0, size }));
    const small = Array.from({ length: 60 }, () => ({ label: 1, size: 2 }));
    const warnings: string[] = [];
    const { test } = drawGroups(labels, pictures([...sizes, ...small]), 0, shares, warnings);
    expect(test.filter(({ label }) => label === 0).length).toBeGreaterThanOrEqual(30);
    expect(warnings[0]).toMatch(
      /Groups are kept whole, so that far from 15 % is for validation of a class:\n {2}cat: 40 of 120/,
    );
  });

  it('refuses a class with fewer groups than parts, with how many it has', () => {
    const groups = [
      ...[9, 9].map((size) => ({ label: 0, size })),
      ...[1, 1, 1].map((size) => ({ label: 1, size })),
    ];
    expect(() => drawGroups(labels, pictures(groups), 0, shares, [])).toThrow(/at least 3 groups[^]*cat: 2/);
  });
});
