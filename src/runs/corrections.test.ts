import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { Corrections, folderName } from './corrections.js';

const { scratch } = scratchFolders();

test('pictures are kept in class folders, named by their bytes; the last word counts', async () => {
  const directory = path.join(scratch(), 'not there yet');
  const corrections = new Corrections(directory, ['cat', 'dog']);
  expect([corrections.counts(), corrections.pictures()]).toEqual([[0, 0], []]);
  const bytes = Buffer.from('a picture');
  await corrections.keep(bytes, 'jpeg', 0);
  await corrections.keep(Buffer.from('another'), 'png', 0);
  await corrections.keep(bytes, 'jpeg', 1);
  expect(corrections.counts()).toEqual([1, 1]);
  const kept = corrections.pictures().find(({ label }) => label === 1)!;
  expect(kept.path).toBe(`dog/${kept.digest}.jpg`);
  expect(fs.readFileSync(kept.file)).toEqual(bytes);
  expect(corrections.forget(kept.digest)).toBe(true);
  expect(corrections.forget(kept.digest)).toBe(false);
  expect(corrections.counts()).toEqual([1, 0]);
});

test('no name of a class leads out of the folder', async () => {
  const above = scratch();
  const labels = ['../out', '..', '.', '/etc', 'a/b', 'a\\b', '.hidden', 'plain name', 'Ü', ''];
  const corrections = new Corrections(path.join(above, 'kept'), labels);
  for (const label of labels.keys()) await corrections.keep(Buffer.from(`picture ${label}`), 'png', label);
  expect(fs.readdirSync(above)).toEqual(['kept']);
  expect(new Set(fs.readdirSync(path.join(above, 'kept'))).size).toBe(labels.length);
  expect(corrections.counts()).toEqual(labels.map(() => 1));
  expect(folderName('plain name')).toBe('plain name');
});
