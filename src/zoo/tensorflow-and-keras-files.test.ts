import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { modelSpec } from '../models/registry.js';
import { fromKerasNames } from './naming.js';
import { readNpz } from '../formats/numpy.js';
import { readWeights } from './read-file.js';
import type { NamedTensor } from '../formats/tensors.js';

const script = new URL('../../test/fixtures/write_tensorflow_files.py', import.meta.url).pathname;
const { scratch } = scratchFolders();
const base = modelSpec('mobilenet-v1-0.25').buildBase();

/** Files that Keras and TensorFlow themselves write, with the values that they hold. */
describe.skipIf(!pythonHas('keras', 'tensorflow', 'h5py'))(
  'files of Keras and TensorFlow (needs Python)',
  () => {
    let folder: string;
    let truth: Map<string, NamedTensor>;

    beforeAll(async () => {
      folder = scratch();
      const { status, stderr } = spawnSync(python!, [script, folder], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      truth = fromKerasNames(base, await readNpz(join(folder, 'truth.npz')));
    }, 600_000);

    test.each([
      'plain.keras',
      'nested.keras',
      'nested.h5',
      'nested.weights.h5',
      'unnamed.keras',
      'sharded.weights.json',
      'two-models.weights.h5',
      'float16.weights.h5',
      'float16.keras',
      'bfloat16.weights.h5',
      'bfloat16.keras',
      'float64.weights.h5',
      'float64.keras',
      'big-endian-f2.h5',
      'big-endian-f4.h5',
      'big-endian-f8.h5',
      'exported',
      'saved-model',
      'float16-saved-model',
      'bfloat16-saved-model',
      'float64-saved-model',
      'checkpoint',
      'checkpoint/model-1',
      'slim-v1',
      'slim-v1/model.ckpt',
      'slim-v2/model.ckpt',
    ])('%s: every value of the base', async (name) => {
      const { weights, family } = await readWeights(base, join(folder, name));
      for (const [key, { shape, data }] of weights) {
        expect({ key, shape }).toEqual({ key, shape: truth.get(key)?.shape });
        expect(Buffer.compare(bytesOf(data), bytesOf(truth.get(key)!.data)), key).toBe(0);
      }
      expect(weights.size).toBe(truth.size);
      expect(family).toBe(name.startsWith('slim') ? 'slim' : undefined);
    });

    test("slim's classifier comes without its class of everything else", async () => {
      const whole = modelSpec('mobilenet-v1-0.25').build();
      const { weights } = await readWeights(whole, join(folder, 'slim-v1'));
      expect(weights.get('conv_preds/bias')?.data).toEqual(
        Float32Array.from({ length: 1000 }, (_, i) => i + 1),
      );
      const kernel = weights.get('conv_preds/kernel')!;
      expect(kernel.shape).toEqual([256, 1000]);
      expect([0, 999, 1000].map((i) => kernel.data[i])).toEqual([1, 1000, 1002]);
    });

    test.each([
      ['slim-cut', /split into partitions/],
      ['unnamed.weights.h5', /tells only their kinds, as Keras before 3\.7 writes .* save that as \.keras/],
      ['sharded_00000.weights.h5', /are missing/],
    ])('%s is refused', async (name, reason) => {
      await expect(readWeights(base, join(folder, name))).rejects.toThrow(reason);
    });
  },
);

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
