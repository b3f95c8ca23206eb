import { expect, test } from 'vitest';
import { mirrorImages } from './mirror-images.js';

test('left and right are exchanged, row by row and picture by picture', () => {
  const pixels = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...mirrorImages(pixels, { width: 2, channels: 1 })]).toEqual([2, 1, 4, 3, 6, 5, 8, 7]);
  const colours = Uint8Array.from([1, 1, 1, 2, 2, 2]);
  expect([...mirrorImages(colours, { width: 2, channels: 3 })]).toEqual([2, 2, 2, 1, 1, 1]);
});
