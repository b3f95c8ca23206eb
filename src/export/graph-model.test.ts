import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forward } from '../models/forward.js';
import { fitsLayersModel } from './layers-model.js';
import { networkWeights } from '../models/network-weights.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { readTfjs } from '../formats/tfjs.js';
import { toParameters } from '../models/parameters.js';
import { sizeOf } from '../formats/tensors.js';
import { exportGraphModel } from './graph-model.js';

/** One of everything that TF.js' layers lack, and most of the rest. */
function everything() {
  const net = new NetworkBuilder('everything', [13, 13, 4]);
  let x = net.convolution('input', 'conv1', {
    filters: 8,
    kernel: 3,
    stride: 2,
    padding: 1,
    activation: 'relu',
  });
  x = net.localResponseNorm(x, 'norm', { depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 });
  x = net.maxPool(x, 'pool', { kernel: 3, stride: 2, padding: 1 });
  const grouped = net.convolution(x, 'grouped', { filters: 8, kernel: 3, padding: 1, groups: 2 });
  const depthwise = net.depthwise(x, 'depthwise', { kernel: 3, padding: 'same', bias: false });
  x = net.add([grouped, net.batchNorm(depthwise, 'bn', { epsilon: 1e-3, activation: 'relu6' })], 'add');
  x = net.concatenate([x, grouped], 'concat');
  x = net.averagePool(x, 'average', { kernel: 2 });
  const connections = [...'abc'].map((_, i) => Array.from({ length: 16 }, (_, j) => (j % 3 === i ? 1 : 0)));
  x = net.convolution(x, 'partial', { filters: 3, kernel: 2, connections });
  x = net.subsample(x, 'subsample', { kernel: 1, activation: 'scaledTanh' });
  const pooled = [net.globalMaximum(x, 'largest'), net.generalisedMean(x, 'root_mean', 3)];
  x = net.dense(net.concatenate([net.flatten(x, 'flatten'), ...pooled], 'joined'), 'code', { units: 5 });
  x = net.radialBasis(x, 'logits', [
    [1, -1, 1, 1, -1],
    [-1, 1, 1, -1, 1],
  ]);
  net.activation(x, 'prob', 'softmax');
  return net.build();
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graph-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('loads in plain TF.js, computes the same, and gives every weight back', async () => {
  const network = everything();
  expect(fitsLayersModel(network)).toBe(false);
  const random = new Random(3);
  const weights = new Map(
    networkWeights(network).map(({ name, shape }) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.1 + 0.3 * Math.abs(random.normal()));
      return [name, { shape, data }];
    }),
  );
  const before = tf.memory().numTensors;
  exportGraphModel(folder, { network, weights }, { labels: ['a'] });
  expect(tf.memory().numTensors).toBe(before);

  const model = await tf.loadGraphModel(`file://${folder}/model.json`);
  const parameters = toParameters(weights);
  const input = tf.randomNormal([2, 13, 13, 4], 0, 1, 'float32', 5);
  const theirs = model.predict(input) as Tensor;
  const ours = forward(network, parameters, input);
  const error = tf.tidy(() => tf.max(tf.abs(tf.sub(theirs, ours))).dataSync()[0]);
  expect(error).toBeLessThan(1e-6);
  model.dispose();
  tf.dispose([theirs, ours, input, ...parameters.values()]);

  const read = await readTfjs(join(folder, 'model.json'));
  for (const [name, tensor] of weights) expect(read.get(name)).toEqual(tensor);
});
