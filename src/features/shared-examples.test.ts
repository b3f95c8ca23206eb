import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { examplesInMemory } from './examples.js';
import { openExamples, writeExamples } from './shared-examples.js';

const { scratch } = scratchFolders();
const size = 300; // more than are read at once
const values = Float32Array.from({ length: 2 * size }, (_, i) => i / 7);
const labels = Array.from({ length: size }, (_, i) => i % 3);
const groups = labels.map((_, i) => (i < 2 ? undefined : `group ${i % 5}`));
const examples = examplesInMemory(values, [2], labels, groups);

test('examples come back as they were written, and are written once', async () => {
  const folder = path.join(scratch(), 'examples');
  const shared = await writeExamples(folder, examples);
  const [file] = fs.readdirSync(folder);
  const { mtimeMs } = fs.statSync(path.join(folder, file!));
  expect(await writeExamples(folder, examples)).toEqual(shared);
  expect(fs.readdirSync(folder)).toEqual([file]);
  expect(fs.statSync(path.join(folder, file!)).mtimeMs).toBe(mtimeMs);
  const open = openExamples(folder, JSON.parse(JSON.stringify(shared)) as typeof shared);
  expect(open).toMatchObject({ size, shape: [2], labels, groups });
  expect(open.read([299, 0, 257])).toEqual(examples.read([299, 0, 257]));
  open.close();
});

test('what is damaged or not there is said', async () => {
  const folder = scratch();
  const shared = await writeExamples(folder, examples);
  const file = path.join(folder, fs.readdirSync(folder)[0]!);
  const bytes = fs.readFileSync(file);
  bytes[5]! ^= 1;
  fs.writeFileSync(file, bytes);
  expect(() => openExamples(folder, shared)).toThrow(/they are damaged/);
  fs.writeFileSync(file, bytes.subarray(0, -1));
  expect(() => openExamples(folder, shared)).toThrow(/it is damaged/);
  fs.rmSync(file);
  expect(() => openExamples(folder, shared)).toThrow(/it is not there/);
});
