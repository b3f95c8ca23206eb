/**
 * The figures of the course page "Networks" that are a network's shape. Its tables layer by layer are in
 * src/summary/network-costs.test.ts, total counts in alexnet-vgg.test.ts and imagenet-networks.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { networkCosts } from '../summary/network-costs.js';
import { alexnet } from './alexnet.js';
import { googlenet } from './googlenet.js';
import { layerNamed, type Layer, type Network, type PoolLayer } from './network.js';
import { challengeWinners } from './published.js';
import { modelSpec } from './registry.js';
import { vgg, type VggName } from './vgg.js';

/** Layers with weights on the longest way from input to output, as papers count depth; batch norms not counted. */
function depth(network: Network): number {
  const depths = new Map<string, number>();
  for (const { name, inputs, type } of network.layers) {
    const before = Math.max(0, ...inputs.map((input) => depths.get(input)!));
    depths.set(name, before + Number(type === 'convolution' || type === 'depthwise' || type === 'dense'));
  }
  return Math.max(...depths.values());
}

test.each([
  ['alexnet', 8],
  ['vgg16', 16],
  ['vgg19', 19],
  ['googlenet', 22],
  ...([18, 34, 50, 101, 152] as const).map((layers) => [`resnet${layers}`, layers] as const),
  ['plain18', 18],
  ['plain34', 34],
] as const)('%s is %i layers deep', (name, layers) => {
  expect(depth(modelSpec(name).build())).toBe(layers);
});

test('ILSVRC: error and layers of the winners', () => {
  expect(challengeWinners.map(({ year, error, layers }) => [year, error, layers])).toEqual([
    [2010, 28.2, undefined],
    [2011, 25.8, undefined],
    [2012, 16.4, 8],
    [2013, 11.7, 8],
    [2014, 7.3, 19],
    [2014, 6.7, 22],
    [2015, 3.57, 152],
  ]);
  for (const [title, name] of [
    ['AlexNet', 'alexnet'],
    ['VGG', 'vgg19'],
    ['GoogLeNet', 'googlenet'],
    ['ResNet', 'resnet152'],
  ]) {
    expect(challengeWinners.find((entry) => entry.title === title)!.layers).toBe(
      depth(modelSpec(name!).build()),
    );
  }
});

describe('LeNet-5', () => {
  const { layers, totals } = networkCosts(modelSpec('lenet5').build());
  const parameters = (names: readonly string[]) =>
    layers.filter(({ name }) => names.includes(name)).reduce((sum, layer) => sum + layer.parameters, 0);

  // The course counts C5, which covers its whole map, as fully connected. Its 1,500 in convolutions are the paper's C3,
  // whose filters read some of the maps only; with filters that read all of them, C1 and C3 have 2,572.
  test('about 60,000 parameters fully connected, 61,500 in all', () => {
    expect(parameters(['C1', 'C3'])).toBe(2_572);
    expect(parameters(['C5', 'F6', 'output'])).toBe(59_134);
    expect(Math.abs(totals.parameters / 61_500 - 1)).toBeLessThan(0.005);
  });
});

describe('AlexNet', () => {
  const { layers } = alexnet();
  const reads = (name: string) => layerNamed(alexnet(), name).inputs;

  test('ReLU after every layer with weights but the last, which has the softmax', () => {
    const weighted = layers.filter((layer) => layer.type === 'convolution' || layer.type === 'dense');
    expect(weighted.map((layer) => layer.activation)).toEqual([...Array<string>(7).fill('relu'), 'softmax']);
  });

  test('local response normalisation after pools 1 and 2, dropout of a half after the first two dense layers', () => {
    expect(
      layers.filter(({ type }) => type === 'localResponseNorm').map(({ name }) => reads(name)[0]),
    ).toEqual(['pool1', 'pool2']);
    const dropouts = layers.filter((layer) => layer.type === 'dropout');
    expect(dropouts.map(({ name, rate }) => [reads(name)[0], rate])).toEqual([
      ['fc6', 0.5],
      ['fc7', 0.5],
    ]);
  });
});

describe('VGG', () => {
  const letters: Partial<Record<Layer['type'], string>> = { convolution: 'C', maxPool: 'P', dense: 'F' };

  test.each([
    ['vgg11', 'CP CP CCP CCP CCP FFS', [3]],
    ['vgg13', 'CCP CCP CCP CCP CCP FFS', [3]],
    ['vgg16-1x1', 'CCP CCP CCCP CCCP CCCP FFS', [3, 1]],
    ['vgg16', 'CCP CCP CCCP CCCP CCCP FFS', [3]],
    ['vgg19', 'CCP CCP CCCCP CCCCP CCCCP FFS', [3]],
  ] as const)('%s: %s', (name: VggName, order, kernels) => {
    const { layers } = vgg(name);
    const text = layers.map(({ type }) => letters[type] ?? '').join('');
    expect(text).toBe(order.replaceAll(' ', '').replace('S', 'F'));
    const convolutions = layers.filter((layer) => layer.type === 'convolution');
    expect([...new Set(convolutions.map(({ kernel }) => kernel[0]))]).toEqual(kernels);
    for (const { kernel, stride, padding } of convolutions) {
      const side = (kernel[0] - 1) / 2;
      expect({ stride, padding }).toEqual({
        stride: [1, 1],
        padding: { top: side, bottom: side, left: side, right: side },
      });
    }
    const pools = layers.filter((layer): layer is PoolLayer => layer.type === 'maxPool');
    expect(pools.map(({ shape }) => shape[2])).toEqual([64, 128, 256, 512, 512]);
    for (const { kernel, stride } of pools)
      expect([kernel, stride]).toEqual([
        [2, 2],
        [2, 2],
      ]);
  });
});

test('an Inception module joins four branches: 1×1, 1×1 → 3×3, 1×1 → 5×5, 3×3 pool → 1×1', () => {
  const network = googlenet();
  const branch = (name: string): string[] => {
    const layer = layerNamed(network, name);
    if (!name.startsWith('inception_3a')) return [];
    const here =
      'kernel' in layer ? [`${layer.kernel.join('×')}${layer.type === 'maxPool' ? ' pool' : ''}`] : [];
    return [...branch(layer.inputs[0]!), ...here];
  };
  expect(layerNamed(network, 'inception_3a/output').inputs.map((name) => branch(name).join(' → '))).toEqual([
    '1×1',
    '1×1 → 3×3',
    '1×1 → 5×5',
    '3×3 pool → 1×1',
  ]);
});
