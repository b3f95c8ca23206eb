import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { Journal } from './journal.js';

const { scratch } = scratchFolders();

test('what is done once is not done again, also after a line that was cut off', async () => {
  const file = path.join(scratch(), 'journal.jsonl');
  const first = new Journal(file);
  expect(await first.once('a', () => Promise.resolve({ right: '101' }))).toEqual({ right: '101' });
  await first.once('ü', () => Promise.resolve(2));
  fs.appendFileSync(file, '{"key":"c","val');

  const second = new Journal(file);
  expect(second.size).toBe(2);
  const again = () => Promise.reject(new Error('done again'));
  expect(await second.once('a', again)).toEqual({ right: '101' });
  expect(await second.once('ü', again)).toBe(2);
  await second.once('c', () => Promise.resolve(3));
  expect(fs.readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3);
  expect(new Journal(file).has('c')).toBe(true);
});

test('work that fails is not noted', async () => {
  const journal = new Journal(path.join(scratch(), 'journal.jsonl'));
  await expect(journal.once('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(journal.has('a')).toBe(false);
});
