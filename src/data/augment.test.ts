import { expect, test } from 'vitest';
import { views } from './augment.js';

test('the first two are the plain picture and its mirror image', () => {
  expect(views(2, 1)).toEqual([
    { name: 'plain', flip: false },
    { name: 'flip', flip: true },
  ]);
  expect(views(1, 1)).toEqual([{ name: 'plain', flip: false }]);
  expect(views(0, 1)).toEqual([]);
});

test('the others are crops inside the picture, none twice, of 35 % of it or more', () => {
  const many = views(500, 1);
  expect(new Set(many.map(({ name }) => name)).size).toBe(500);
  for (const { name, flip, crop } of many.slice(2)) {
    const { left, top, width, height } = crop!;
    expect(name).toBe(
      `${flip ? 'flip-' : ''}crop-${[left, top, width, height].map((x) => x.toFixed(3)).join('-')}`,
    );
    expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
    expect(Math.max(left + width, top + height)).toBeLessThanOrEqual(1.001);
    // A wide or tall crop that would stick out is cut at the edge.
    expect(width * height).toBeGreaterThan(0.34);
    expect(width / height).toBeGreaterThan(0.74);
    expect(width / height).toBeLessThan(1.34);
  }
  const flipped = many.filter(({ flip }) => flip).length;
  expect(flipped).toBeGreaterThan(200);
  expect(flipped).toBeLessThan(300);
});

test('the same seed gives the same views, and fewer views are a beginning of more', () => {
  expect(views(10, 3)).toEqual(views(20, 3).slice(0, 10));
  expect(views(10, 3)).not.toEqual(views(10, 4));
});
