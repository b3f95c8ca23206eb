import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  branches,
  leastThatMeetEveryKind,
  madeUp,
  published,
  stem,
} from '../../test/helpers/exported-networks.js';
import { pythonHas } from '../../test/helpers/python.js';
import { expectSameInPython } from '../../test/helpers/same-in-python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { readKerasArchive } from '../formats/keras-archive.js';
import type { WeightedNetwork } from '../models/compose.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { networkWeights } from '../models/network-weights.js';
import { UserError } from '../runtime/errors.js';
import { kerasName } from './keras-layers.js';
import { exportKeras } from './network-keras.js';

const { scratch } = scratchFolders();
const hasKeras = pythonHas('keras', 'tensorflow');

/** One of everything that Keras' layers can be. */
function everything(): WeightedNetwork {
  const net = new NetworkBuilder('everything', [27, 22, 4]);
  let x = stem(net);
  x = net.maxPool(x, 'pool', { kernel: 3, stride: 2, padding: 'same' });
  x = branches(net, x);
  const mean = net.add(
    [net.globalAverage(x, 'mean'), net.globalMaximum(x, 'maximum'), net.generalisedMean(x, 'gem', 3)],
    'pooled',
  );
  x = net.dropout(net.flatten(x, 'flatten'), 'dropout', 0.5);
  x = net.dense(x, 'code', { units: 16, bias: false, activation: 'sigmoid' });
  x = net.rootMeanSquareNorm(net.add([x, mean], 'both'), 'contrast');
  x = net.dense(x, 'logits', { units: 3, activation: 'scaledTanh' });
  net.activation(x, 'last', 'softmax');
  const network = net.build();
  return { network, weights: madeUp(network) };
}

/** The archive's own layer of a weight, and its place among that layer's tensors. */
function placeOf(name: string): string {
  const [, layer, part] = /^(.*)\/([^/]+)$/.exec(name)!;
  const place = { kernel: 0, gamma: 0, bias: 1, beta: 1, mean: 2, variance: 3 }[part!];
  return `${kerasName(layer!)}/${place}`;
}

async function expectWeightsBack(folder: string, { network, weights }: WeightedNetwork): Promise<void> {
  const read = await readKerasArchive(path.join(folder, 'model.keras'));
  for (const { name } of networkWeights(network)) {
    const [theirs, ours] = [read.get(placeOf(name)), weights.get(name)!];
    expect(theirs?.shape, name).toEqual(ours.shape);
    expect(
      theirs!.data.every((value, i) => Object.is(value, ours.data[i])),
      name,
    ).toBe(true);
  }
}

const script = `
import sys
import numpy as np
import keras
model, pixels, height, width, channels, out = sys.argv[1:]
shape = [-1, int(height), int(width), int(channels)]
pictures = np.fromfile(pixels, np.uint8).reshape(shape).astype(np.float32)
keras.saving.load_model(model).predict(pictures, verbose=0).astype(np.float32).tofile(out)
`;

describe.each([
  ['every kind of layer', everything],
  ...leastThatMeetEveryKind().map((name) => [name, () => published(name)] as const),
] as const)('%s', (_, make) => {
  it('is written with its weights, or refused in one line', async () => {
    const folder = scratch();
    const weighted = make();
    const refusal = await exportKeras(folder, weighted).catch((error: unknown) => error);
    if (refusal === undefined) return expectWeightsBack(folder, weighted);
    expect(refusal).toBeInstanceOf(UserError);
    expect((refusal as UserError).message).toMatch(
      /^Layer '.*' cannot be written for Keras, .*\. Export as savedmodel or onnx\.$/,
    );
  });

  it.skipIf(!hasKeras)(
    'computes the same in Keras (skipped when FINETUNE_PYTHON has none)',
    async ({ skip }) => {
      const folder = scratch();
      const weighted = make();
      const refusal = await exportKeras(folder, weighted).catch((error: unknown) => error);
      if (refusal instanceof UserError) skip(refusal.message);
      expectSameInPython({ script, model: path.join(folder, 'model.keras'), weighted });
    },
    600_000,
  );
});

it('the same network is written as the same bytes', async () => {
  const [one, other] = [scratch(), scratch()];
  const weighted = everything();
  await exportKeras(one, weighted);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // into another second, which HDF5 could note
  await exportKeras(other, weighted);
  expect(
    Buffer.compare(
      fs.readFileSync(path.join(one, 'model.keras')),
      fs.readFileSync(path.join(other, 'model.keras')),
    ),
  ).toBe(0);
});
