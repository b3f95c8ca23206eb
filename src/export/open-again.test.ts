import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { tf } from '../runtime/tensorflow.js';
import { initialWeights } from '../training/initialise.js';
import { Random } from '../runtime/random.js';
import { exportGraphModel } from './graph-model.js';
import { exportSavedModel } from './network-saved-model.js';
import { differenceOfSavedModel, differenceOfTfjs, expectSame } from './open-again.js';

const { scratch } = scratchFolders();

function small(seed: number) {
  const net = new NetworkBuilder('small', [8, 8, 3]);
  const x = net.convolution('input', 'conv', { filters: 4, kernel: 3, padding: 'same' });
  net.maxPool(x, 'pool', { kernel: 2, stride: 2 });
  const network = net.build();
  return { network, weights: initialWeights(network, new Random(seed)) };
}

const rewrite = (file: string, change: (text: string) => string) =>
  fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));

test('a model that was written well differs by next to nothing, and no memory is kept', async () => {
  const folder = scratch();
  const before = tf.memory().numTensors;
  exportGraphModel(folder, small(1));
  await exportSavedModel(folder, small(1));
  for (const difference of [
    await differenceOfTfjs(folder, small(1)),
    await differenceOfSavedModel(folder, small(1)),
  ]) {
    expect(difference).toBeLessThan(1e-5);
    expectSame(difference, folder);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('other weights are noticed', async () => {
  const folder = scratch();
  exportGraphModel(folder, small(1));
  await exportSavedModel(folder, small(1));
  const tfjs = await differenceOfTfjs(folder, small(2));
  expect(() => expectSame(tfjs, folder)).toThrow(/to compute what its network does but it differs by \d/);
  expect(() => expectSame(Infinity, folder)).toThrow(/differs by no number/);
  expect(await differenceOfSavedModel(folder, small(2))).toBeGreaterThan(0.1);
});

test('what does not open is an error that says why', async () => {
  const folder = scratch();
  exportGraphModel(folder, small(1));
  rewrite(path.join(folder, 'model.json'), (text) => text.replace('"MaxPool"', '"MinPool"'));
  await expect(differenceOfTfjs(folder, small(1))).rejects.toThrow(/does not open again: .*MinPool/);
  fs.writeFileSync(path.join(folder, 'saved_model.pb'), 'no model');
  await expect(differenceOfSavedModel(folder, small(1))).rejects.toThrow(/does not open again/);
});
