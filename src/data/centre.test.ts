import { expect, test } from 'vitest';
import { onCanvas } from './centre.js';

const images = { shape: [2, 2, 2], data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) };

test('a picture lies in the middle of its canvas', () => {
  // biome-ignore format: rows of the canvas
  expect([...onCanvas(images, 4, { chosen: [1] })]).toEqual([0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8, 0, 0, 0, 0, 0]);
  expect([...onCanvas(images, 2)]).toEqual([...images.data]);
});

test('of an odd margin the larger half is below and to the right', () => {
  expect([...onCanvas(images, 3, { chosen: [0] })]).toEqual([1, 2, 0, 3, 4, 0, 0, 0, 0]);
});

test('pictures are taken in the order asked for, each at its own place', () => {
  const placeOf = (picture: number) => ({ top: picture, left: 1 - picture });
  const canvases = onCanvas(images, 3, { chosen: [1, 0], placeOf });
  expect([...canvases.subarray(0, 9)]).toEqual([0, 0, 0, 5, 6, 0, 7, 8, 0]);
  expect([...canvases.subarray(9)]).toEqual([0, 1, 2, 0, 3, 4, 0, 0, 0]);
});
