import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { modelSpec } from '../src/models/registry.js';
import { readFirstFitting } from '../src/zoo/read-file.js';
import { canonicalDigest } from '../src/formats/tensors.js';
import { python, pythonHas } from './helpers/python.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const { scratch } = scratchFolders();

const runScript = (name: string, folder: string) =>
  execFileSync(python!, [join(shared!, 'repro', name), folder], { stdio: 'ignore', env: process.env });

/** The digest of a file's weights, of the network with its classifier where the file has it. */
async function digestOf(base: string, file: string): Promise<string> {
  const spec = modelSpec(base);
  return canonicalDigest((await readFirstFitting([spec.build(), spec.buildBase()], file)).weights);
}

describe.skipIf(!shared || !pythonHas('torch', 'safetensors', 'numpy'))(
  "SqueezeNet's weights as training scripts leave them (needs FINETUNE_SHARED and a FINETUNE_PYTHON with torch)",
  () => {
    const folder = join(shared ? scratch() : '', 'torch');
    beforeAll(() => runScript('torch_files.py', folder), 120_000);

    test('all are the same', async () => {
      const plain = await digestOf('squeezenet', join(folder, 'plain.safetensors'));
      const other = /^(half|bf16|fp8|two-classes|truth)\b/;
      const names = fs.readdirSync(folder).filter((name) => !other.test(name));
      expect(names.length).toBeGreaterThan(25);
      for (const name of names) expect(await digestOf('squeezenet', join(folder, name)), name).toBe(plain);
    }, 60_000);
  },
);

describe.skipIf(!shared || !pythonHas('h5py', 'onnx'))(
  "VGG-16 under the ONNX zoo's names (needs FINETUNE_SHARED and a FINETUNE_PYTHON with h5py and onnx)",
  () => {
    const folder = join(shared ? scratch() : '', 'onnx');
    beforeAll(() => runScript('onnx_zoo_names.py', folder), 120_000);

    test('is what Keras publishes', async () => {
      const keras = join(shared!, 'weights/keras/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5');
      const digest = await digestOf('vgg16', join(folder, 'vgg16-7.onnx'));
      expect(digest).toBe('d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd');
      expect(await digestOf('vgg16', keras)).toBe(digest);
    }, 60_000);
  },
);
