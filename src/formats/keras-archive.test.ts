import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { zip } from '../../test/zip-writer.js';
import { layerGroups, readKerasArchive } from './keras-archive.js';
import { readKerasH5 } from './keras-h5.js';

const file = new URL('../../test/fixtures/keras/model.weights.h5', import.meta.url).pathname;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

test('a Keras archive holds what the HDF5 file in it holds', async () => {
  const weights = { name: 'model.weights.h5', content: await readFile(file), deflated: true };
  const config = { name: 'config.json', content: json({ class_name: 'Functional' }) };
  expect(await readKerasArchive(zip([config, weights]))).toEqual(await readKerasH5(file));
  expect(await readKerasArchive(zip([weights]))).toEqual(await readKerasH5(file));
  await expect(readKerasArchive(zip([config]))).rejects.toThrow("no 'model.weights.h5'");
  const broken = { name: 'config.json', content: Buffer.from('{') };
  await expect(readKerasArchive(zip([broken, weights]))).rejects.toThrow('config.json is not JSON');
});

test("groups' names are those of the layers' classes, numbered within one model, operations left out", () => {
  const layer = (class_name: string, name: string, layers?: unknown[]) => ({
    class_name,
    config: { name, layers },
  });
  const model = layer('Functional', 'whole', [
    layer('InputLayer', 'picture'),
    layer('Conv2D', 'first'),
    layer('my_package>DepthwiseConv2D', 'second'),
    layer('Functional', 'base', [layer('Conv2D', 'third'), layer('Conv2D', 'fourth')]),
    { ...layer('Conv2D', 'operation'), module: 'keras.src.ops.nn' },
    layer('Conv2D', 'fifth'),
    'no layer',
  ]);
  expect([...layerGroups(model)]).toEqual([
    ['layers/input_layer/vars', 'picture'],
    ['layers/conv2d/vars', 'first'],
    ['layers/depthwise_conv2d/vars', 'second'],
    ['layers/functional/vars', 'base'],
    ['layers/functional/layers/conv2d/vars', 'third'],
    ['layers/functional/layers/conv2d_1/vars', 'fourth'],
    ['layers/conv2d_1/vars', 'fifth'],
  ]);
  expect(layerGroups([]).size).toBe(0);
});
