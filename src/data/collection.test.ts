import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { readCollection } from './collection.js';

const { scratch } = scratchFolders();
let folder: string;

async function picture(file: string, red: number): Promise<void> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const background = { r: red, g: 0, b: 0 };
  await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toFile(file);
}

beforeAll(async () => {
  folder = scratch();
  await picture(path.join(folder, 'sorted/cat/1.png'), 10);
  await picture(path.join(folder, 'sorted/dog/2.png'), 20);
  await picture(path.join(folder, 'sorted/loose.png'), 30);
  await picture(path.join(folder, 'parts/train/cat/1.png'), 10);
  await picture(path.join(folder, 'parts/test/cat/3.png'), 40);
  await picture(path.join(folder, 'flat/with space.png'), 50);
  fs.writeFileSync(path.join(folder, 'flat/notes.txt'), 'nothing to see');
  fs.writeFileSync(path.join(folder, 'flat/broken.png'), 'no picture');
  fs.mkdirSync(path.join(folder, 'empty'));
});

const named = async (name: string, options = {}) => {
  const { pictures, labels, skipped } = await readCollection(path.join(folder, name), options);
  return {
    pictures: pictures.map(({ path: shown, label }) => [
      path.relative(path.join(folder, name), shown),
      labels[label],
    ]),
    skipped: skipped.map((one) => path.basename(one.path)).sort(),
  };
};

describe('a folder to look through', () => {
  test('sorted into classes: all pictures, those outside a class without a label', async () => {
    expect((await named('sorted')).pictures).toEqual([
      ['cat/1.png', 'cat'],
      ['dog/2.png', 'dog'],
      ['loose.png', undefined],
    ]);
  });

  test('divided into parts: the classes are inside', async () => {
    expect((await named('parts')).pictures).toEqual([
      ['test/cat/3.png', 'cat'],
      ['train/cat/1.png', 'cat'],
    ]);
  });

  test('unsorted: no labels; what is no picture is told', async () => {
    expect(await named('flat')).toEqual({
      pictures: [['with space.png', undefined]],
      skipped: ['broken.png', 'notes.txt'],
    });
    await expect(named('flat', { sorted: true })).rejects.toThrow(/a folder for each class/);
  });

  test.each([
    ['empty', /Expected pictures in/],
    ['nowhere', /nothing is there: check the path/],
    ['flat/with space.png', /it is a file/],
  ])('%s is a mistake that can be mended', async (name, message) => {
    await expect(named(name)).rejects.toThrow(message);
  });
});
