import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { everything, leastThatMeetEveryKind, published } from '../../test/helpers/exported-networks.js';
import { pythonHas } from '../../test/helpers/python.js';
import { expectSameInPython } from '../../test/helpers/same-in-python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { transpose } from '../formats/kernel-layout.js';
import { readOnnx } from '../formats/onnx.js';
import type { NamedTensor } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { withZeros } from '../models/connections.js';
import type { Layer } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { networkWeights } from '../models/network-weights.js';
import { exportOnnx } from './network-onnx.js';
import { exportSavedModel } from './network-saved-model.js';

const { scratch } = scratchFolders();
const hasRuntime = pythonHas('onnx', 'onnxruntime');

/** A weight of the file in our layout. */
function back(layer: Layer, part: string, tensor: NamedTensor): NamedTensor {
  if (part === 'kernel' && layer.type === 'convolution') return transpose(tensor, [2, 3, 1, 0]);
  if (part === 'kernel' && layer.type === 'depthwise') return transpose(tensor, [2, 3, 0, 1]);
  return layer.type === 'subsample' ? { ...tensor, shape: [tensor.shape[0]!] } : tensor;
}

const equal = (a: Float32Array, b: Float32Array) => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Our reader gives every weight back, under its name and bit by bit. */
async function expectWeightsBack(folder: string, { network, weights }: WeightedNetwork): Promise<void> {
  const { tensors } = await readOnnx(path.join(folder, 'model.onnx'));
  for (const { name } of networkWeights(network)) {
    const [, layerName, part] = /^(.*)\/([^/]+)$/.exec(name)!;
    const layer = network.layers.find((one) => one.name === layerName)!;
    const read = back(layer, part!, tensors.get(name)!);
    let expected = weights.get(name)!;
    if (layer.type === 'convolution' && layer.connections && part === 'kernel') {
      expected = withZeros(expected, layer.connections);
    }
    expect(read.shape, name).toEqual(expected.shape);
    expect(equal(read.data, expected.data), name).toBe(true);
  }
}

const script = `
import sys
import numpy as np
import onnx
import onnxruntime
model, pixels, height, width, channels, out = sys.argv[1:]
onnx.checker.check_model(model, full_check=True)
opset, = [o.version for o in onnx.load(model, load_external_data=False).opset_import]
assert opset == 17, opset
shape = [-1, int(height), int(width), int(channels)]
session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
answer, = session.run(['probabilities'], {'pictures': np.fromfile(pixels, np.uint8).reshape(shape)})
answer.astype(np.float32).tofile(out)
`;

describe('refused, with the reason', () => {
  it('a pooling whose padding is as large as its window', async () => {
    const net = new NetworkBuilder('padded', [8, 8, 3]);
    net.maxPool('input', 'pool', { kernel: 2, padding: 2 });
    const padded = { network: net.build(), weights: new Map<string, NamedTensor>() };
    await expect(exportOnnx(scratch(), padded)).rejects.toThrow(
      /Layer 'pool' .* padding is as large as its window/,
    );
  });

  it('more weights than a file can hold', async () => {
    const net = new NetworkBuilder('large', [64, 64, 3]);
    net.dense(net.flatten('input', 'flatten'), 'dense', { units: 50_000 });
    const large = { network: net.build(), weights: new Map<string, NamedTensor>() };
    await expect(exportOnnx(scratch(), large)).rejects.toThrow(
      /at most 2 GB.* an ONNX file .* large take 2\.5 GB/,
    );
    await expect(exportSavedModel(scratch(), large)).rejects.toThrow(/a SavedModel can hold/);
  });
});

describe('every kind of layer', () => {
  it('is written with its weights', async () => {
    const folder = scratch();
    await exportOnnx(folder, everything());
    await expectWeightsBack(folder, everything());
  });

  it.skipIf(!hasRuntime)(
    'computes the same in onnxruntime (skipped when FINETUNE_PYTHON has none)',
    async () => {
      const folder = scratch();
      await exportOnnx(folder, everything());
      expectSameInPython({ script, model: path.join(folder, 'model.onnx'), weighted: everything() });
    },
  );
});

describe.each(leastThatMeetEveryKind())('%s', (name) => {
  const weighted = published(name);

  it('is written with its weights', async () => {
    const folder = scratch();
    await exportOnnx(folder, weighted);
    await expectWeightsBack(folder, weighted);
  });

  it.skipIf(!hasRuntime)(
    'computes the same in onnxruntime (skipped when FINETUNE_PYTHON has none)',
    async () => {
      const folder = scratch();
      await exportOnnx(folder, weighted);
      expectSameInPython({ script, model: path.join(folder, 'model.onnx'), weighted });
    },
  );
});
