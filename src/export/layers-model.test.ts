import { describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { buildHead } from '../training/heads.js';
import { initialWeights } from '../training/initialise.js';
import { stack, withPreprocessing, withSoftmax } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { fitsLayersModel, toLayersModel } from './layers-model.js';
import { lenet5 } from '../models/lenet5.js';
import { type Network, outputOf } from '../models/network.js';
import { type FeaturePart, withPooledFeatures } from '../models/pooled-features.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { modelSpec } from '../models/registry.js';

function tinyClassifier(...parts: FeaturePart[]) {
  const net = new NetworkBuilder('tiny', [12, 12, 3]);
  let x = net.convolution('input', 'conv', { filters: 8, kernel: 3, padding: 'same', activation: 'relu' });
  x = net.maxPool(x, 'pool', { kernel: 2, stride: 2 });
  net.convolution(x, 'strided', { filters: 8, kernel: 3, stride: 2, padding: 1, activation: 'relu6' });
  const network = net.build();
  const preprocessing = { channelOrder: 'BGR', mean: [104, 117, 123], scale: [1, 2, 3] } as const;
  const base = withPreprocessing({ network, weights: initialWeights(network, new Random(1)) }, preprocessing);
  const pooled = withPooledFeatures(base.network, parts);
  const features = outputOf(pooled);
  const head = buildHead('mlp', features.shape[0]!, 3);
  const whole = stack({ ...base, network: pooled }, features.name, {
    network: head,
    weights: initialWeights(head, new Random(2)),
  });
  return { network: withSoftmax(whole.network), weights: whole.weights };
}

function withInitialWeights(network: Network) {
  return { network, weights: initialWeights(network, new Random(4)) };
}

const depths = ['pool', 'strided'];

type Case = [string, () => { network: Network; weights: ReturnType<typeof initialWeights> }];

const cases: Case[] = [
  ['a stacked classifier', () => tinyClassifier({ layer: 'strided', pool: 'average' })],
  [
    'averages and maxima of two maps',
    () =>
      tinyClassifier(
        ...depths.flatMap(
          (layer) =>
            [
              { layer, pool: 'average' },
              { layer, pool: 'max' },
            ] as const,
        ),
      ),
  ],
  ...['efficientnet-lite0', 'mobilenet-v2-torchvision'].map((name): Case => {
    return [name, () => withInitialWeights(modelSpec(name).build({ classes: 10 }))];
  }),
  ['LeNet-5', () => ({ network: lenet5(), weights: initialWeights(lenet5(), new Random(3)) })],
];

describe('a network as a TF.js layers model', () => {
  test.each(cases)('%s gives the same output as the forward pass', (_, build) => {
    const before = tf.memory().numTensors;
    const { network, weights } = build();
    const model = toLayersModel(network, weights);
    const parameters = new Map([...weights].map(([name, w]) => [name, tf.tensor(w.data, [...w.shape])]));
    const x = tf.randomUniform([4, ...network.layers[0]!.shape], 0, 255, 'float32', 7);
    const ours = forward(network, parameters, x);
    const theirs = model.predict(x) as typeof ours;
    const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(ours, theirs))).dataSync()[0]);
    expect(difference).toBeLessThan(1e-5);
    model.dispose();
    tf.dispose([x, ours, theirs, ...parameters.values()]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a generalised mean has no equal among TF.js layers, so that a graph model is written', () => {
  const { network } = tinyClassifier({ layer: 'strided', pool: 'gem' });
  expect(fitsLayersModel(network)).toBe(false);
});

test('blue-green-red weights see the same picture after preprocessing is built in', () => {
  const net = new NetworkBuilder('one', [6, 6, 3]);
  net.convolution('input', 'conv', { filters: 4, kernel: 3, padding: 'same' });
  const network = net.build();
  const weights = initialWeights(network, new Random(5));
  const preprocessing = { channelOrder: 'BGR', mean: [10, 20, 30], scale: [1, 1, 1] } as const;
  const built = withPreprocessing({ network, weights }, preprocessing);
  const tensors = (w: typeof weights) =>
    new Map([...w].map(([n, t]) => [n, tf.tensor(t.data, [...t.shape])]));
  const before = tf.memory().numTensors;
  const difference = tf.tidy(() => {
    const rgb = tf.randomUniform([2, 6, 6, 3], 0, 255, 'float32', 1);
    const bgr = tf.sub(tf.reverse(rgb, -1), tf.tensor1d([10, 20, 30]));
    const expected = forward(network, tensors(weights), bgr);
    const received = forward(built.network, tensors(built.weights), rgb);
    return tf.max(tf.abs(tf.sub(expected, received))).dataSync()[0]!;
  });
  expect(difference).toBeLessThan(1e-3);
  expect(tf.memory().numTensors).toBe(before);
});
