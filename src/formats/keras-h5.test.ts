import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage, fuzzRuns } from '../../test/damage.js';
import { python, pythonHas } from '../../test/helpers/python.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { UserError } from '../runtime/errors.js';
import { readKerasH5 } from './keras-h5.js';
import { fromKerasH5Names } from '../zoo/keras-h5-names.js';

/** Written by test/fixtures/make_keras_fixtures.py, values counted up in eighths through these tensors. */
const firstValues = {
  'stem/kernel': 0,
  'stem/bias': 13.5,
  'stem_bn/gamma': 14,
  'stem_bn/beta': 14.5,
  'stem_bn/mean': 15,
  'stem_bn/variance': 15.5,
  'depthwise/kernel': 16,
  'depthwise/bias': 20.5,
  'pointwise/kernel': 21,
  'logits/kernel': 22,
  'logits/bias': 22.5,
};
const fixture = (name: string) => new URL(`../../test/fixtures/keras/${name}`, import.meta.url).pathname;

function network() {
  const net = new NetworkBuilder('small', [6, 6, 3]);
  let x = net.convolution('input', 'stem', { filters: 4, kernel: 3 });
  x = net.batchNorm(x, 'stem_bn', { epsilon: 1e-3 });
  x = net.depthwise(x, 'depthwise', { kernel: 3 });
  x = net.convolution(x, 'pointwise', { filters: 2, kernel: 1, bias: false });
  x = net.globalAverage(x, 'pool');
  net.dense(x, 'logits', { units: 2 });
  return net.build();
}

describe('readKerasH5', () => {
  test.each(['model.h5', 'model.weights.h5'])('reads %s as Keras writes it', async (name) => {
    const tensors = fromKerasH5Names(network(), await readKerasH5(fixture(name)));
    const found = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data[0]]));
    expect(found).toEqual(firstValues);
    expect(tensors.get('stem/kernel')).toEqual({
      shape: [3, 3, 3, 4],
      data: Float32Array.from({ length: 108 }, (_, i) => i / 8),
    });
  });

  test('reads bytes in memory as it reads a file', async () => {
    const bytes = await readFile(fixture('model.weights.h5'));
    expect(await readKerasH5(bytes)).toEqual(await readKerasH5(fixture('model.weights.h5')));
  });

  test('reads a large tensor piece by piece', async () => {
    const { default: hdf5 } = await import('h5wasm/node');
    await hdf5.ready;
    await inFolder(async (folder) => {
      const path = join(folder, 'large.h5');
      const values = Float32Array.from({ length: 5 * 2 ** 20 }, (_, i) => i);
      const file = new hdf5.File(path, 'w');
      file
        .create_group('fc')
        .create_dataset({ name: 'kernel:0', data: values, shape: [5 * 2 ** 10, 2 ** 10] });
      file.close();
      const kernel = (await readKerasH5(path)).get('fc/kernel:0');
      expect(kernel?.shape).toEqual([5 * 2 ** 10, 2 ** 10]);
      expect(Buffer.compare(new Uint8Array(kernel!.data.buffer), new Uint8Array(values.buffer))).toBe(0);
    });
  });

  test('does not follow a link to another file', async () => {
    const { default: hdf5 } = await import('h5wasm/node');
    await hdf5.ready;
    await inFolder(async (folder) => {
      const path = join(folder, 'link.h5');
      const file = new hdf5.File(path, 'w');
      file.create_external_link(fixture('model.h5'), 'model_weights/logits', 'logits');
      file.close();
      await expect(readKerasH5(path)).rejects.toThrow('holds no weights');
    });
  });

  // h5wasm cannot write such files.
  const withExternalStorage = `
import sys, h5py
with h5py.File(sys.argv[1], 'w') as f:
    f.create_dataset('conv/kernel:0', (6,), 'f4', external=[(sys.argv[2], 0, 24)])
`;
  test.skipIf(!pythonHas('h5py'))('does not read values that are kept in another file', async () => {
    await inFolder(async (folder) => {
      const [path, secret] = [join(folder, 'weights.h5'), join(folder, 'secret')];
      await writeFile(secret, new Float32Array(6));
      execFileSync(python!, ['-c', withExternalStorage, path, secret]);
      await expect(readKerasH5(path)).rejects.toThrow(`it keeps values in another file ('${secret}')`);
    });
  });

  test('reads double precision, and refuses what float32 cannot hold', async () => {
    const { default: hdf5 } = await import('h5wasm/node');
    await hdf5.ready;
    await inFolder(async (folder) => {
      const path = join(folder, 'doubles.h5');
      const write = (...values: number[]) => {
        const file = new hdf5.File(path, 'w');
        file.create_dataset({ name: 'kernel', data: Float64Array.from(values) });
        file.close();
      };
      write(1, 2.5);
      expect((await readKerasH5(path)).get('root/kernel')?.data).toEqual(Float32Array.of(1, 2.5));
      write(1, 1e300);
      await expect(readKerasH5(path)).rejects.toThrow("'root/kernel' holds 1e+300, too big for float32");
    });
  });

  test('says what is wrong with a file that ends too early, or is none', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'cut.h5');
      await writeFile(path, await readFile(fixture('model.h5')));
      await truncate(path, 20_000);
      await expect(readKerasH5(path)).rejects.toThrow(
        /Expected '.*cut\.h5' to be a Keras HDF5 file but .*truncated/,
      );
      await writeFile(path, 'no weights');
      await expect(readKerasH5(path)).rejects.toThrow(UserError);
      await expect(readKerasH5(join(folder, 'none.h5'))).rejects.toThrow('There is no file');
    });
  });

  test('survives damage', async () => {
    // Every file is read in a thread of its own, which takes some 0.3 s to start.
    const runs = Math.ceil(fuzzRuns / 10);
    await expectSurvivesDamage(await readFile(fixture('model.weights.h5')), readKerasH5, 20, runs);
  });
});

test("Keras 1's and Keras 2's names become ours; those of unknown layers stay", () => {
  const tensor = { shape: [1], data: Float32Array.of(0) };
  const names = [
    ['stem/stem_W_1:0', 'stem/kernel'],
    ['stem/stem_b_1:0', 'stem/bias'],
    ['stem_bn/stem_bn_gamma:0', 'stem_bn/gamma'],
    ['stem_bn/stem_bn_running_std:0', 'stem_bn/variance'],
    ['depthwise/depthwise_kernel:0', 'depthwise/kernel'],
    ['logits/kernel:0', 'logits/kernel'],
    ['other/kernel:0', 'other/kernel:0'],
  ] as const;
  const renamed = fromKerasH5Names(network(), new Map(names.map(([theirs]) => [theirs, tensor])));
  expect([...renamed.keys()]).toEqual(names.map(([, ours]) => ours));
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keras-h5-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
