import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { readKerasH5 } from './keras-h5.js';
import { readKerasShards } from './keras-sharded.js';

const file = new URL('../../test/fixtures/keras/model.weights.h5', import.meta.url).pathname;
const { scratch } = scratchFolders();
const folder = scratch();

function index(weightMap: unknown): string {
  const path = join(folder, 'model.weights.json');
  writeFileSync(path, JSON.stringify({ metadata: {}, weight_map: weightMap }));
  return path;
}

test('the shards of an index, each once', async () => {
  copyFileSync(file, join(folder, 'model_00000.weights.h5'));
  const shard = 'model_00000.weights.h5';
  const read = await readKerasShards(index({ '/layers/a/vars': shard, '/layers/b/vars': [shard] }));
  expect(read).toEqual(await readKerasH5(file));
});

test.each([
  ['names no files', [], 'it lists no files'],
  ['leads elsewhere', { a: '../model.weights.h5' }, 'no file of weights beside it'],
  ['holds something else', { a: [7] }, 'no file of weights beside it'],
  ['names a file that is missing', { a: 'none.weights.h5' }, "There is no file '"],
])('an index that %s is refused', async (_, weightMap, reason) => {
  await expect(readKerasShards(index(weightMap))).rejects.toThrow(reason);
});

test('damage is said with the name of the shard', async () => {
  copyFileSync(file, join(folder, 'a.weights.h5'));
  writeFileSync(join(folder, 'b.weights.h5'), 'no weights');
  await expect(readKerasShards(index({ a: 'a.weights.h5', b: 'b.weights.h5' }))).rejects.toThrow(
    /model\.weights\.json' to be .* but in '.*b\.weights\.h5' the HDF5 library says/,
  );
});
