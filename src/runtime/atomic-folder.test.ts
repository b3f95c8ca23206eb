import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { writeFolderAtomic } from './atomic-folder.js';

const { scratch } = scratchFolders();

const write = (content: string) => async (folder: string) =>
  fs.writeFileSync(path.join(folder, 'file'), content);

test('appears whole, with the folders above it, and replaces what was there', async () => {
  const place = scratch();
  const folder = path.join(place, 'deep', 'er');
  await writeFolderAtomic(folder, write('one'));
  fs.writeFileSync(path.join(folder, 'old'), '');
  await writeFolderAtomic(folder, write('two'));
  expect(fs.readdirSync(folder)).toEqual(['file']);
  expect(fs.readFileSync(path.join(folder, 'file'), 'utf8')).toBe('two');
  expect(fs.readdirSync(path.join(place, 'deep'))).toEqual(['er']);
});

test('a failure leaves what was there, or nothing', async () => {
  const place = scratch();
  const folder = path.join(place, 'model');
  const fail = async (temporary: string) => {
    await write('half')(temporary);
    throw new Error('disk full');
  };
  await expect(writeFolderAtomic(folder, fail)).rejects.toThrow('disk full');
  expect(fs.readdirSync(place)).toEqual([]);
  await writeFolderAtomic(folder, write('one'));
  await expect(writeFolderAtomic(folder, fail)).rejects.toThrow('disk full');
  expect(fs.readFileSync(path.join(folder, 'file'), 'utf8')).toBe('one');
  expect(fs.readdirSync(place)).toEqual(['model']);
});
