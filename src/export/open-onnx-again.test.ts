import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { initialWeights } from '../training/initialise.js';
import { exportOnnx } from './network-onnx.js';
import { differenceOfOnnx } from './open-onnx-again.js';

const { scratch } = scratchFolders();

function small(seed: number) {
  const net = new NetworkBuilder('small', [8, 8, 3]);
  const x = net.convolution('input', 'conv', { filters: 4, kernel: 3, padding: 'same' });
  net.maxPool(x, 'pool', { kernel: 2, stride: 2 });
  const network = net.build();
  return { network, weights: initialWeights(network, new Random(seed)) };
}

test('a model that was written well differs by next to nothing, and no memory is kept', async () => {
  const folder = scratch();
  const before = tf.memory().numTensors;
  await exportOnnx(folder, small(1));
  expect(await differenceOfOnnx(folder, small(1))).toBeLessThan(1e-5);
  expect(tf.memory().numTensors).toBe(before);
});

test('other weights are noticed', async () => {
  const folder = scratch();
  await exportOnnx(folder, small(1));
  await expect(differenceOfOnnx(folder, small(2))).rejects.toThrow(/other weights 'conv\/kernel' than/);
});

test('what does not open is an error that says why', async () => {
  const folder = scratch();
  await exportOnnx(folder, small(1));
  const file = path.join(folder, 'model.onnx');
  fs.writeFileSync(file, fs.readFileSync(file).subarray(0, -200));
  await expect(differenceOfOnnx(folder, small(1))).rejects.toThrow(/does not open again: .*ends too early/);
});
