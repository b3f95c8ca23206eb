/** The per-layer tables of the course page "Networks", to the digit, and published totals. */
import { describe, expect, test } from 'vitest';
import { alexnet } from '../models/alexnet.js';
import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { publishedNetworks } from '../models/published.js';
import { modelNames, modelSpec } from '../models/registry.js';
import { vgg } from '../models/vgg.js';
import { type LayerCosts, networkCosts } from './network-costs.js';
import { networkMemory, peakLiveValues } from './network-memory.js';
import { networkReceptiveFields } from './network-receptive-fields.js';

/** Output, weights, biases and both together of the layers that have any, and the output of pools. */
function table(network: Network): (readonly [string, string, number, number, number])[] {
  return networkCosts(network)
    .layers.filter((layer) => layer.parameters > 0 || layer.type.endsWith('Pool'))
    .map(
      (layer) =>
        [layer.name, layer.outputShape.join('×'), layer.weights, layer.biases, layer.parameters] as const,
    );
}

test('AlexNet, layer by layer', () => {
  expect(table(alexnet())).toEqual([
    ['conv1', '55×55×96', 34_848, 96, 34_944],
    ['pool1', '27×27×96', 0, 0, 0],
    ['conv2', '27×27×256', 614_400, 256, 614_656],
    ['pool2', '13×13×256', 0, 0, 0],
    ['conv3', '13×13×384', 884_736, 384, 885_120],
    ['conv4', '13×13×384', 1_327_104, 384, 1_327_488],
    ['conv5', '13×13×256', 884_736, 256, 884_992],
    ['pool5', '6×6×256', 0, 0, 0],
    ['fc6', '4096', 37_748_736, 4_096, 37_752_832],
    ['fc7', '4096', 16_777_216, 4_096, 16_781_312],
    ['fc8', '1000', 4_096_000, 1_000, 4_097_000],
  ]);
  const { totals } = networkCosts(alexnet());
  expect(totals.parameters).toBe(62_378_344);
  expect(totals.convolutionParameters).toBe(3_747_200);
  expect(totals.denseParameters).toBe(58_631_144);
});

test('VGG-16, layer by layer: memory in values and weights', () => {
  // The lecture rounds memory to two digits (3.2M for 3,211,264); the last two columns hold both.
  const expected = [
    ['input', '224×224×3', 0, 150_528, '150K'],
    ['block1_conv1', '224×224×64', 1_728, 3_211_264, '3.2M'],
    ['block1_conv2', '224×224×64', 36_864, 3_211_264, '3.2M'],
    ['block1_pool', '112×112×64', 0, 802_816, '800K'],
    ['block2_conv1', '112×112×128', 73_728, 1_605_632, '1.6M'],
    ['block2_conv2', '112×112×128', 147_456, 1_605_632, '1.6M'],
    ['block2_pool', '56×56×128', 0, 401_408, '400K'],
    ['block3_conv1', '56×56×256', 294_912, 802_816, '800K'],
    ['block3_conv2', '56×56×256', 589_824, 802_816, '800K'],
    ['block3_conv3', '56×56×256', 589_824, 802_816, '800K'],
    ['block3_pool', '28×28×256', 0, 200_704, '200K'],
    ['block4_conv1', '28×28×512', 1_179_648, 401_408, '400K'],
    ['block4_conv2', '28×28×512', 2_359_296, 401_408, '400K'],
    ['block4_conv3', '28×28×512', 2_359_296, 401_408, '400K'],
    ['block4_pool', '14×14×512', 0, 100_352, '100K'],
    ['block5_conv1', '14×14×512', 2_359_296, 100_352, '100K'],
    ['block5_conv2', '14×14×512', 2_359_296, 100_352, '100K'],
    ['block5_conv3', '14×14×512', 2_359_296, 100_352, '100K'],
    ['block5_pool', '7×7×512', 0, 25_088, '25K'],
    ['fc1', '4096', 102_760_448, 4_096, ''],
    ['fc2', '4096', 16_777_216, 4_096, ''],
    ['predictions', '1000', 4_096_000, 1_000, ''],
  ] as const;
  const layers = networkCosts(vgg('vgg16')).layers.filter(
    ({ type }) => type !== 'flatten' && type !== 'dropout',
  );
  expect(
    layers.map((layer) => [layer.name, layer.outputShape.join('×'), layer.weights, layer.activations]),
  ).toEqual(expected.map((row) => row.slice(0, 4)));
  for (const [name, , , values, rounded] of expected.filter((row) => row[4] !== '')) {
    const unit = rounded.endsWith('M') ? 1e6 : 1e3;
    const lecture = Number.parseFloat(rounded) * unit;
    expect(Math.abs(values / lecture - 1), name).toBeLessThan(0.005);
  }
});

test('most memory of VGG-16 is in the early convolutions, most parameters in the dense layers', () => {
  const { layers, totals } = networkCosts(vgg('vgg16'));
  const values = (belongs: (layer: LayerCosts) => boolean) =>
    layers.filter(belongs).reduce((sum, layer) => sum + layer.activations, 0);
  expect(values(({ name }) => /^block[12]_/.test(name)) / totals.activations).toBeGreaterThan(0.7);
  expect(totals.denseParameters / totals.parameters).toBeGreaterThan(0.89);
});

test('LeNet-5: 61,706 parameters with full connections, 6@28×28 to 16@5×5', () => {
  expect(table(modelSpec('lenet5').build())).toEqual([
    ['C1', '28×28×6', 150, 6, 156],
    ['S2', '14×14×6', 0, 0, 0],
    ['C3', '10×10×16', 2_400, 16, 2_416],
    ['S4', '5×5×16', 0, 0, 0],
    ['C5', '1×1×120', 48_000, 120, 48_120],
    ['F6', '84', 10_080, 84, 10_164],
    ['output', '10', 840, 10, 850],
  ]);
});

test('EfficientNet-lite0: 4.65 M parameters, 0.385 G multiply-adds in convolutions and the classifier', () => {
  // timm states 4.7 M and 0.4 G; TensorFlow's 407 M counts more than convolutions and dense layers.
  const { totals } = networkCosts(modelSpec('efficientnet-lite0').build());
  expect(totals).toMatchObject({ parameters: 4_652_008, statistics: 42_016, multiplyAdds: 385_187_552 });
});

describe('published counts', () => {
  const known = new Set(modelNames());
  const rows = publishedNetworks.filter((row) => known.has(row.name)).map((row) => [row.name, row] as const);

  test.each(rows)('%s: parameters to the digit, multiply-adds to a million', (name, published) => {
    const { totals } = networkCosts(modelSpec(name).build());
    expect(totals.parameters).toBe(published.parameters);
    expect((totals.multiplyAdds / 1e9).toFixed(3)).toBe(published.gigaMultiplyAdds.toFixed(3));
  });

  test('VGG-16: 15,470,264,320 multiply-adds, 99 % of them in convolutions', () => {
    const { totals } = networkCosts(vgg('vgg16'));
    expect(totals.multiplyAdds).toBe(15_470_264_320);
    expect(totals.convolutionShare).toBeCloseTo(0.992, 3);
  });

  test('every network of the registry can be counted, parameters agreeing with its weights', () => {
    for (const name of known) {
      const network = modelSpec(name).build();
      const { totals } = networkCosts(network);
      expect(totals.parameters + totals.statistics, name).toBe(parameterCount(network));
      expect(totals.convolutionShare, name).toBeGreaterThan(0.9);
    }
  });
});

describe('counting conventions', () => {
  const net = new NetworkBuilder('mixed', [8, 8, 4]);
  let x = net.convolution('input', 'grouped', {
    filters: 8,
    kernel: 3,
    padding: 'same',
    groups: 2,
    bias: false,
  });
  x = net.batchNorm(x, 'norm', { epsilon: 1e-3 });
  x = net.depthwise(x, 'depthwise', { kernel: 3, stride: 2, padding: 'same', bias: false });
  x = net.globalAverage(x, 'pool');
  net.dense(x, 'logits', { units: 3 });
  const costs = networkCosts(net.build(), new Set(['input', 'grouped', 'norm']));
  const layer = (name: string) => costs.layers.find((candidate) => candidate.name === name)!;

  test('groups divide a filter’s channels; a depthwise filter has one', () => {
    expect(layer('grouped')).toMatchObject({ weights: 3 * 3 * 2 * 8, biases: 0, multiplyAdds: 64 * 144 });
    expect(layer('depthwise')).toMatchObject({ weights: 72, multiplyAdds: 16 * 72 });
  });

  test('running statistics are no parameters', () => {
    expect(layer('norm')).toMatchObject({ weights: 8, biases: 8, statistics: 16, multiplyAdds: 0 });
    expect(costs.totals.statistics).toBe(16);
  });

  test('frozen and trainable add up', () => {
    expect(costs.totals).toMatchObject({ frozen: 144 + 16, trainable: 72 + 27, parameters: 259 });
    expect([layer('norm').state, layer('logits').state, layer('pool').state]).toEqual([
      'frozen',
      'trainable',
      undefined,
    ]);
  });
});

describe('receptive field of a network', () => {
  test('VGG-16: 212 pixels after the last pool, 5 after two convolutions', () => {
    const fields = networkReceptiveFields(vgg('vgg16'));
    expect(fields.get('block1_conv2')!.down).toEqual({ size: 5, jump: 1, start: -2 });
    expect(fields.get('block5_pool')!.down).toMatchObject({ size: 212, jump: 32 });
  });

  test('AlexNet: 195 pixels after the last pool', () => {
    expect(networkReceptiveFields(alexnet()).get('pool5')!.across).toEqual({
      size: 195,
      jump: 32,
      start: -64,
    });
  });

  test('a sum sees what its widest path sees', () => {
    const net = new NetworkBuilder('residual', [16, 16, 4]);
    const a = net.convolution('input', 'a', { filters: 4, kernel: 3, padding: 1 });
    const b = net.convolution(a, 'b', { filters: 4, kernel: 3, padding: 1 });
    net.add(['input', b], 'sum');
    expect(networkReceptiveFields(net.build()).get('sum')!.down).toEqual({ size: 5, jump: 1, start: -2 });
  });
});

describe('memory', () => {
  const net = new NetworkBuilder('small', [4, 4, 1]);
  let x = net.convolution('input', 'a', { filters: 2, kernel: 3, padding: 1, bias: false });
  x = net.convolution(x, 'b', { filters: 4, kernel: 3, padding: 1, bias: false });
  x = net.flatten(x, 'flatten');
  net.dense(x, 'logits', { units: 2, bias: false });
  const network = net.build();

  // Values put out: input 16, a 32, b 64, flatten 64, logits 2. Weights: a 18, b 72, logits 128.
  test('running: the most that is alive at once, b and its flattened copy', () => {
    expect(peakLiveValues(network)).toBe(128);
    expect(networkMemory(network).inference).toBe(4 * (218 + 128));
  });

  test('training everything: all outputs and their gradients, for each picture', () => {
    const memory = networkMemory(network, { batch: 3, optimiser: 'adam' });
    expect(memory.trainingActivations).toBe(4 * 3 * (178 + 162));
    expect(memory.gradients).toBe(4 * 218);
    expect(memory.optimiserState).toBe(2 * 4 * 218);
    expect(memory.training).toBe(memory.weights + 3 * 4 * 218 + memory.trainingActivations);
  });

  test('training the head alone keeps what the head reads and puts out', () => {
    const frozen = new Set(['input', 'a', 'b', 'flatten']);
    const memory = networkMemory(network, { frozen, optimiser: 'sgd' });
    expect(memory.gradients).toBe(4 * 128);
    expect(memory.optimiserState).toBe(0);
    expect(memory.trainingActivations).toBe(4 * 128);
  });
});
