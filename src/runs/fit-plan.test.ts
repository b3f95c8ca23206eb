import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { digestOf } from '../features/feature-key.js';
import { examplesInMemory } from '../features/examples.js';
import { drawFits, type Draws } from './draw-fits.js';
import { WorkGone } from './work-gone.js';
import { answerFile, fitsFolder, openFits, readAnswer, saveFits, writeAnswer } from './fit-plan.js';

const { scratch } = scratchFolders();
const shared = { network: 'head', pool: 3, seed: 1 } as Draws;
const examples = examplesInMemory(Float32Array.of(1, 2, 3, 4), [1], [0, 1, 0, 1]);
const fits = { shared, examples, mirrored: examplesInMemory(Float32Array.of(4, 3, 2, 1), [1], [0, 1, 0, 1]) };

test('fits are opened as they were saved, under the same name each time', async () => {
  const store = scratch();
  const name = await saveFits(store, drawFits, fits);
  expect(await saveFits(store, drawFits, fits)).toBe(name);
  expect(await saveFits(store, drawFits, { ...fits, shared: { ...shared, seed: 2 } })).not.toBe(name);
  const open = openFits(store, name);
  expect(open.kind).toBe(drawFits);
  expect(open.fits.shared).toEqual(shared);
  expect([...open.fits.examples.read([3, 0])]).toEqual([4, 1]);
  expect([...open.fits.mirrored!.read([3, 0])]).toEqual([1, 4]);
  open.close();
  const folder = path.join(fitsFolder(store, name), 'kind');
  await writeAnswer(folder, { draw: 1 }, '0110');
  expect(fs.readdirSync(folder)).toEqual([answerFile({ draw: 1 })]);
  expect(readAnswer(folder, { draw: 1 })).toBe('0110');
  fs.writeFileSync(path.join(folder, answerFile({ draw: 1 })), '{"format":1,"ans');
  expect(() => readAnswer(folder, { draw: 1 })).toThrow(/is damaged: .* Delete that file and give/s);
});

test('a plan that is damaged is refused, and written anew; that of other software is refused', async () => {
  const store = scratch();
  const name = await saveFits(store, drawFits, fits);
  const file = path.join(fitsFolder(store, name), 'plan.json');
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace('"seed":1', '"seed":2'));
  expect(() => openFits(store, name)).toThrow(/there is none that is whole/);
  // no other worker would find it whole; one that does not see the folder at all is unfit itself
  expect(() => openFits(store, name)).toThrow(WorkGone);
  expect(() => openFits(path.join(store, 'elsewhere'), name)).not.toThrow(WorkGone);
  await saveFits(store, drawFits, fits);
  expect(fs.readFileSync(file, 'utf8')).toBe(text);
  const other = { ...(JSON.parse(text) as object), software: 'finetune 0.0.1, TensorFlow 2.0.0' };
  fs.mkdirSync(fitsFolder(store, digestOf(other)));
  fs.writeFileSync(path.join(fitsFolder(store, digestOf(other)), 'plan.json'), JSON.stringify(other));
  expect(() => openFits(store, digestOf(other))).not.toThrow(WorkGone);
  expect(() => openFits(store, digestOf(other))).toThrow(/which has finetune 0\.0\.1, TensorFlow 2\.0\.0/);
});
