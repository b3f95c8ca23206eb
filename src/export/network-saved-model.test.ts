import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withPreprocessing, withSoftmax } from '../models/compose.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { tf } from '../runtime/tensorflow.js';
import { exportSavedModel } from './network-saved-model.js';
import { compilePrefix } from '../features/prefix.js';
import { loadSavedModel } from '../../test/helpers/saved-model.js';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { python, pythonHas } from '../../test/helpers/python.js';

const net = new NetworkBuilder('classifier', [20, 20, 3]);
let x = net.convolution('input', 'conv1', {
  filters: 8,
  kernel: 3,
  padding: 1,
  stride: 2,
  activation: 'relu',
});
x = net.convolution(x, 'conv2', { filters: 8, kernel: 3, padding: 'same', bias: false });
x = net.batchNorm(x, 'bn2', { epsilon: 1e-3, activation: 'relu' });
x = net.maxPool(x, 'pool', { kernel: 2, stride: 2 });
x = net.globalAverage(x, 'average');
net.dense(x, 'logits', { units: 4 });
const network = withSoftmax(net.build());
const classifier = withPreprocessing(
  { network, weights: weightsFor(network) },
  { channelOrder: 'BGR', mean: [104, 117, 123], scale: [60, 60, 60] },
);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-export-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const { pixels, count } = pixelsFor(network, 3);
const compiled = compilePrefix(classifier);
const expected = Array.from(compiled.run(pixels, count));
compiled.dispose();

it('TF.js loads the SavedModel by its signature and gives the same probabilities', async () => {
  await exportSavedModel(folder, classifier);
  expect(fs.readdirSync(folder)).toEqual(['saved_model.pb']);
  const model = await loadSavedModel(folder);
  expect(model.inputs[0]).toMatchObject({ name: 'pictures', tfDtype: 'DT_UINT8' });
  const input = tf.tensor(pixels, [count, 20, 20, 3], 'int32');
  const output = model.predict({ pictures: input })['probabilities']!;
  expect(output.shape).toEqual([3, 4]);
  const values = Array.from(output.dataSync());
  expect(Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
  model.dispose();
});

const script = `
import json, sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
signature = model.signatures['serving_default']
pixels = np.fromfile(sys.argv[2], np.uint8).reshape(-1, 20, 20, 3)
print(json.dumps(signature(pictures=tf.constant(pixels))['probabilities'].numpy().ravel().tolist()))
`;

describe.skipIf(!pythonHas('tensorflow'))(
  "Python's TensorFlow (skipped when FINETUNE_PYTHON has none)",
  () => {
    it('loads the SavedModel and gives the same probabilities', async () => {
      await exportSavedModel(folder, classifier);
      const pixelFile = path.join(folder, 'pixels.raw');
      fs.writeFileSync(pixelFile, pixels);
      const run = spawnSync(python!, ['-c', script, folder, pixelFile], { encoding: 'utf8' });
      expect(run.status, run.stderr).toBe(0);
      const values = JSON.parse(run.stdout) as number[];
      expect(Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
    });
  },
);
