import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { safetensorsBytes } from './safetensors.js';
import { detectFormat } from './detect.js';
import { readSafetensors } from './safetensors.js';
import { readShards } from './shards.js';

const { scratch } = scratchFolders();
const tensor = (value: number) => ({ shape: [1], data: Float32Array.of(value) });

async function model(places: unknown): Promise<string> {
  const folder = scratch();
  const index = join(folder, 'model.safetensors.index.json');
  await writeFile(
    join(folder, 'model-00001-of-00002.safetensors'),
    safetensorsBytes(new Map([['a', tensor(1)]])),
  );
  await writeFile(
    join(folder, 'model-00002-of-00002.safetensors'),
    safetensorsBytes(
      new Map([
        ['b', tensor(2)],
        ['c', tensor(3)],
      ]),
    ),
  );
  await writeFile(index, JSON.stringify({ metadata: {}, weight_map: places }));
  return index;
}

const whole = {
  a: 'model-00001-of-00002.safetensors',
  b: 'model-00002-of-00002.safetensors',
  c: 'model-00002-of-00002.safetensors',
};

test('a model in several files is read by its index, of each only what is chosen', async () => {
  const index = await model(whole);
  const tensors = await readShards(index, readSafetensors);
  expect([...tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  const asked: string[] = [];
  const chosen = await readShards(
    index,
    (path, options) => {
      asked.push(path.slice(-16));
      return readSafetensors(path, options);
    },
    { choose: () => new Set(['c']) },
  );
  expect([...chosen.keys()]).toEqual(['c']);
  expect(asked).toEqual(['of-00002.safetensors'.slice(-16)]);
});

test('the index stands for the model, and so does each of its files', async () => {
  const index = await model(whole);
  const found = { format: 'shards', path: index };
  expect(await detectFormat(index)).toEqual(found);
  expect(await detectFormat(index.replace('.safetensors.index.json', '-00001-of-00002.safetensors'))).toEqual(
    found,
  );
  expect(await detectFormat(join(index, '..'))).toEqual(found);
});

test.each([
  [{ a: '../outside.safetensors' }, /names '..\/outside.safetensors', outside its folder/],
  [{ a: '/etc/passwd' }, /outside its folder/],
  [{ a: 'sub/../../x' }, /outside its folder/],
  [{ a: 3 }, /does not say where 'a' is/],
  [{ b: 'model-00001-of-00002.safetensors' }, /'b' is not in '.*', where it should be/],
  [{ a: 'none.safetensors' }, /There is no file/],
  [[], /no weight_map/],
])('refuses %j', async (places, reason) => {
  await expect(readShards(await model(places), readSafetensors)).rejects.toThrow(reason);
});
