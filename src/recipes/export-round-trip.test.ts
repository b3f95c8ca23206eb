import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { madeUp } from '../../test/helpers/exported-networks.js';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { pooledAt, stack, withPreprocessing, withSoftmax } from '../models/compose.js';
import { inputOf, outputOf } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { modelSpec } from '../models/registry.js';
import { saveClassifier } from '../runs/classifier.js';
import { readWeights } from '../zoo/read-file.js';
import { exportRun } from './export.js';

const { scratch } = scratchFolders();
const labels = ['ant', 'bee', 'cat'];

/** A run's folder with a model on made-up weights of a published base. */
async function savedRun(base: string) {
  const spec = modelSpec(base);
  const network = spec.buildBase();
  const weights = madeUp(network);
  const pooled = pooledAt(network, spec.transferCut, true);
  const head = new NetworkBuilder('head', outputOf(pooled).shape);
  head.dense('input', 'logits', { units: labels.length });
  const top = { network: head.build(), weights: madeUp(head.build()) };
  const whole = stack(withPreprocessing({ network, weights }, spec.preprocessing), spec.transferCut, top);
  const [height, width] = inputOf(network).shape as [number, number];
  const run = scratch();
  await saveClassifier(path.join(run, 'model'), {
    network: withSoftmax(whole.network),
    weights: whole.weights,
    labels,
    decode: { height, width, channels: 3, resize: 'squash' },
    prefix: { precision: 'float32' } as never,
    cut: spec.transferCut,
  });
  return { run, network, weights };
}

const files = {
  keras: 'model.keras',
  safetensors: 'model.safetensors',
  onnx: 'model.onnx',
  tfjs: 'model.json',
  savedmodel: '',
};

// blue first, names with slashes; red first, depthwise kernels and batch normalisations
describe.each(['squeezenet', 'mobilenet-v1-0.25'])(
  'exports of a run on %s are read again as --weights',
  (base) => {
    test.each(Object.entries(files))('%s', async (format, file) => {
      const { run, network, weights } = await savedRun(base);
      const out = await exportRun(run, { format });
      const reading = readWeights(network, path.join(out, file));
      if (format === 'savedmodel' && base !== 'squeezenet') {
        // its batch normalisations are folded into the kernels: refused, as other weights than the network's
        await expect(reading).rejects.toThrow(/^Expected the \d+ tensors of mobilenet/);
      } else {
        const read = await reading;
        for (const [name, { shape, data }] of weights) {
          const again = read.weights.get(name);
          expect(again?.shape, name).toEqual(shape);
          expect(
            again!.data.every((value, i) => Object.is(value, data[i])),
            name,
          ).toBe(true);
        }
      }
    });
  },
);

const outside = `
import sys, onnx
model = onnx.load(sys.argv[1])
onnx.save(model, sys.argv[2], save_as_external_data=True, location='values.bin', size_threshold=0)
`;

test.skipIf(!pythonHas('onnx'))(
  'ONNX whose values lie in a file beside it gives the same weights (skipped where FINETUNE_PYTHON lacks onnx)',
  async () => {
    const { run, network, weights } = await savedRun('squeezenet');
    const out = await exportRun(run, { format: 'onnx' });
    const [inside, moved] = [path.join(out, 'model.onnx'), path.join(scratch(), 'moved.onnx')];
    execFileSync(python!, ['-c', outside, inside, moved]);
    expect(fs.statSync(moved).size).toBeLessThan(fs.statSync(inside).size / 10);
    const read = await readWeights(network, moved);
    for (const [name, { data }] of weights) expect(read.weights.get(name)!.data, name).toEqual(data);
  },
);
