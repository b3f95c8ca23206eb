import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BatchNormLayer, Network } from '../src/models/network.js';
import { NetworkBuilder } from '../src/models/network-builder.js';
import { basicBlock } from '../src/models/resnet.js';
import { readWeights } from '../src/zoo/read-file.js';
import type { Weights } from '../src/formats/tensors.js';
import { python, pythonHas } from './helpers/python.js';
import { scratchFolders } from './helpers/scratch.js';

function residual(): Network {
  const net = new NetworkBuilder('residual', [8, 8, 3]);
  let x = net.convolution('input', 'conv1', { filters: 4, kernel: 3, padding: 1, bias: false });
  x = net.batchNorm(x, 'bn1', { epsilon: 1e-5, activation: 'relu' });
  x = basicBlock(net, x, 'layer1.0', 4, { filters: 4, stride: 1, shortcuts: true });
  x = basicBlock(net, x, 'layer2.0', 4, { filters: 6, stride: 2, shortcuts: true });
  net.dense(net.flatten(x, 'flatten'), 'fc', { units: 5 });
  return net.build();
}

/** Layers with a slash in their names, as Caffe's, which once made a file look like TensorFlow's. */
function fire(): Network {
  const net = new NetworkBuilder('fire', [8, 8, 3]);
  const x = net.convolution('input', 'squeeze', { filters: 4, kernel: 1, activation: 'relu' });
  const small = net.convolution(x, 'expand1x1', { filters: 6, kernel: 1, activation: 'relu' });
  const large = net.convolution(x, 'expand3x3', { filters: 6, kernel: 3, padding: 1, activation: 'relu' });
  net.globalAverage(
    net.convolution(net.concatenate([small, large], 'both'), 'last', { filters: 5, kernel: 1 }),
    'pool',
  );
  return net.build();
}

/** Each convolution's kernel and shift as they act, with the batch normalisation after it worked in. */
function acting(network: Network, weights: Weights): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const layer of network.layers) {
    if (layer.type !== 'convolution' && layer.type !== 'dense') continue;
    const norm = network.layers.find(
      (one): one is BatchNormLayer => one.type === 'batchNorm' && one.inputs[0] === layer.name,
    );
    const kernel = [...weights.get(`${layer.name}/kernel`)!.data];
    const bias = weights.get(`${layer.name}/bias`)?.data;
    const part = (name: string, i: number) => weights.get(`${norm!.name}/${name}`)!.data[i]!;
    const filters = layer.shape.at(-1)!;
    const scales = Array.from({ length: filters }, (_, i) =>
      norm ? part('gamma', i) / Math.sqrt(part('variance', i) + norm.epsilon) : 1,
    );
    const shifts = scales.map((scale, i) =>
      norm ? part('beta', i) + ((bias?.[i] ?? 0) - part('mean', i)) * scale : bias![i]!,
    );
    found.set(layer.name, [...kernel.map((value, i) => value * scales[i % filters]!), ...shifts]);
  }
  return found;
}

const { scratch } = scratchFolders();

describe.skipIf(!pythonHas('torch', 'onnx', 'onnxscript', 'safetensors'))(
  "PyTorch's own ONNX models (skipped when FINETUNE_PYTHON has no torch, onnx, onnxscript and safetensors)",
  () => {
    const folder = scratch();

    beforeAll(() => {
      const script = new URL('./python/onnx_models.py', import.meta.url).pathname;
      execFileSync(python!, [script, folder], { stdio: 'ignore' });
    }, 180_000);

    test.each([
      ['residual', residual()],
      ['fire', fire()],
    ])('%s: every export acts as the network does', async (name, network) => {
      const { weights } = await readWeights(network, join(folder, `${name}.safetensors`));
      const truth = acting(network, weights);
      const files = fs.readdirSync(folder).filter((file) => file.startsWith(name) && file.endsWith('.onnx'));
      expect(files.length).toBeGreaterThan(7);
      for (const file of [...files, `${name}-parts/model.onnx`]) {
        const read = acting(network, (await readWeights(network, join(folder, file))).weights);
        const tolerance = file.includes('half') ? 2e-3 : 1e-5;
        for (const [layer, values] of truth) {
          const errors = values.map(
            (value, i) => Math.abs(value - read.get(layer)![i]!) / Math.max(1, Math.abs(value)),
          );
          expect(Math.max(...errors), `${file} ${layer}`).toBeLessThan(tolerance);
        }
      }
    });

    test('without the file beside it, a model says which is missing', async () => {
      fs.rmSync(join(folder, 'residual-dynamo.onnx.data'));
      await expect(readWeights(residual(), join(folder, 'residual-dynamo.onnx'))).rejects.toThrow(
        /in 'residual-dynamo.onnx.data', which is not beside it. Put both files into one folder/,
      );
    });
  },
);
