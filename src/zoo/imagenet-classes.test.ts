import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imagenetClasses } from './imagenet-classes.js';

const shared = process.env['FINETUNE_SHARED'];

let folder: string;
let environment: Record<string, string>;
let notes: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'classes-'));
  // Nothing outside this machine answers: no Python, and a proxy that refuses.
  environment = {
    FINETUNE_CACHE: join(folder, 'cache'),
    FINETUNE_ZOO: join(folder, 'zoo'),
    PATH: join(folder, 'bin'),
    https_proxy: 'http://127.0.0.1:9',
  };
  notes = [];
  await mkdir(join(folder, 'zoo', 'keras'), { recursive: true });
  await mkdir(join(folder, 'cache', 'weights'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const classes = () =>
  imagenetClasses({
    environment,
    onProgress: (event) => {
      if (event.kind === 'note') notes.push(event.message);
    },
  });

test('other classes are refused, and every source is named', async () => {
  await writeFile(join(folder, 'zoo', 'synset_words.txt'), 'n00000001 thing\n');
  await expect(classes()).rejects.toThrow(
    /synset_words\.txt: it holds other classes[^]*imagenet-classes\.txt: not there[^]*imagenet_class_index\.json: [^]*the package imagenet-classes/,
  );
  expect(notes[0]).toContain("it holds other classes than ImageNet's 1000");
});

describe.skipIf(!shared)('the real list (needs FINETUNE_SHARED)', () => {
  const words = () => readFile(join(shared!, 'weights', 'synset_words.txt'), 'utf8');

  test("is read from Caffe's file and kept in the cache", async () => {
    await writeFile(join(folder, 'zoo', 'synset_words.txt'), await words());
    const read = await classes();
    expect(read).toHaveLength(1000);
    expect(read[281]).toEqual({ id: 'n02123045', name: 'tabby, tabby cat' });
    delete environment['FINETUNE_ZOO'];
    expect(await classes()).toEqual(read);
    expect(notes).toEqual([]);
  });

  test("is read from Keras' file", async () => {
    const list = (await words())
      .trim()
      .split('\n')
      .map(
        (line, i) => [i, [line.slice(0, 9), line.slice(10).split(', ')[0]!.replaceAll(' ', '_')]] as const,
      );
    const file = join(folder, 'zoo', 'keras', 'imagenet_class_index.json');
    await writeFile(file, JSON.stringify(Object.fromEntries(list)));
    expect((await classes())[1]).toEqual({ id: 'n01443537', name: 'goldfish' });
  });

  test('is given even when the cache cannot be written to', async () => {
    await writeFile(join(folder, 'zoo', 'synset_words.txt'), await words());
    await rm(join(folder, 'cache'), { recursive: true });
    await writeFile(join(folder, 'cache'), 'a file');
    await chmod(join(folder, 'cache'), 0o400);
    expect(await classes()).toHaveLength(1000);
  });
});
