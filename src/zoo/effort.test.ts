import { expect, test } from 'vitest';
import { Effort } from './effort.js';

const megabyte = 2 ** 20;

test('a fetch is hopeless when it has brought much more than the file, however it goes on', () => {
  const effort = new Effort(0, 100 * megabyte, () => 0);
  for (let round = 0; round < 2; round++) effort.received(100 * megabyte, 100 * megabyte);
  expect(effort.hopeless).toBeUndefined();
  effort.received(65 * megabyte, 65 * megabyte);
  expect(effort.hopeless).toContain('still not the whole file');
});

test('a fetch is hopeless after ten minutes without a megabyte more than there was', () => {
  let now = 0;
  const effort = new Effort(5 * megabyte, 100 * megabyte, () => now);
  const minutes = (count: number) => (now += count * 60_000);
  minutes(9);
  effort.received(megabyte, 6 * megabyte);
  minutes(9);
  expect(effort.hopeless).toBeUndefined();
  effort.received(3 * megabyte, 3 * megabyte); // started over
  minutes(2);
  expect(effort.hopeless).toBe('it has brought less than 1 MB in 10 minutes');
});

test('starting over is no progress', () => {
  const effort = new Effort(0, 100 * megabyte, () => 0);
  effort.received(3 * megabyte, 3 * megabyte);
  effort.received(2 * megabyte, 2 * megabyte);
  expect(effort.furthest).toBe(3 * megabyte);
});
