import { expect, test } from 'vitest';
import { examplesInMemory } from '../features/examples.js';
import { nearestExamples } from './nearest-examples.js';

const train = examplesInMemory(Float32Array.of(9, 1, 1, 1, 9, 1, 1, 1, 9, 8, 2, 1), [3], [0, 1, 2, 0]);

test('the nearest first, whatever their length', async () => {
  const asked = examplesInMemory(Float32Array.of(1, 1, 9, 90, 10, 10), [3], [0, 0]);
  const [second, third] = [
    (await nearestExamples(train, asked, [1], 2))[0]!,
    await nearestExamples(train, asked, [0, 1], 1),
  ];
  expect(second.map(({ place }) => place)).toEqual([0, 3]);
  expect(second[0]!.similarity).toBeCloseTo(1, 5);
  expect(third.map(([one]) => one!.place)).toEqual([2, 0]);
  expect(await nearestExamples(train, asked, [], 2)).toEqual([]);
});

test('maps by the means of their channels', async () => {
  const maps = examplesInMemory(Float32Array.of(9, 0, 9, 2, 1, 9, 1, 9), [2, 1, 2], [0, 1]);
  const [found] = await nearestExamples(
    maps,
    examplesInMemory(Float32Array.of(8, 1, 8, 1), [2, 1, 2], [0]),
    [0],
    2,
  );
  expect(found!.map(({ place }) => place)).toEqual([0, 1]);
});
