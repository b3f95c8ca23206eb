import { describe, expect, test } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { forward } from './forward.js';
import { outputOf } from './network.js';
import { NetworkBuilder } from './network-builder.js';
import { networkSchema } from './network-record.js';
import { type FeaturePart, layerAtDepth, takesAnySize, withPooledFeatures } from './pooled-features.js';
import { modelNames, modelSpec } from './registry.js';

function twoMaps() {
  const net = new NetworkBuilder('two maps', [2, 2, 2]);
  const x = net.activation('input', 'lower', 'relu');
  net.maxPool(x, 'upper', { kernel: 2 });
  return net.build();
}

function features(parts: readonly FeaturePart[], picture: number[][][]): number[] {
  const before = tf.memory().numTensors;
  const values = tf.tidy(() => [
    ...forward(withPooledFeatures(twoMaps(), parts), new Map(), tf.tensor4d([picture])).dataSync(),
  ]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

const picture = [
  [
    [1, 0],
    [2, -5],
  ],
  [
    [3, 0],
    [2, 4],
  ],
];

/** What `parts` come to before each is divided by its root mean square. */
const pooled = { average: [2, 1], max: [3, 4], gem: [((1 + 8 + 27 + 8) / 4) ** (1 / 3), 16 ** (1 / 3)] };

test.each(['average', 'max', 'gem'] as const)(
  '%s makes one value a channel, as loud as any other part',
  (pool) => {
    const values = features([{ layer: 'lower', pool }], picture);
    const [a, b] = pooled[pool] as [number, number];
    const loudness = Math.sqrt((a * a + b * b) / 2);
    expect(values[0]).toBeCloseTo(a / loudness, 4);
    expect(values[1]).toBeCloseTo(b / loudness, 4);
  },
);

test('parts lie one after the other, and a file holds such a network', () => {
  const parts = [
    { layer: 'lower', pool: 'max' },
    { layer: 'upper', pool: 'average' },
  ] as const;
  const apart = parts.flatMap((part) => features([part], picture));
  expect(features(parts, picture)).toEqual(apart);
  const network = withPooledFeatures(twoMaps(), parts);
  expect(networkSchema.parse(JSON.parse(JSON.stringify(network)))).toEqual(network);
});

test('what no part reads is left out', () => {
  const names = withPooledFeatures(twoMaps(), [{ layer: 'lower', pool: 'gem' }]).layers.map(
    ({ name }) => name,
  );
  expect(names).toEqual(['input', 'lower', 'lower_gem', 'lower_gem_normalised']);
});

test('a generalised mean has gradients where a map is zero', () => {
  const network = withPooledFeatures(twoMaps(), [{ layer: 'lower', pool: 'gem' }]);
  const gradient = tf.tidy(() => [
    ...tf
      .grad((x) => tf.sum(forward(network, new Map(), x)))(tf.zeros([1, 2, 2, 2]))
      .dataSync(),
  ]);
  expect(gradient.every(Number.isFinite)).toBe(true);
});

describe('every base', () => {
  test.each(modelNames())('%s says at which depths its maps are worth pooling', (name) => {
    const spec = modelSpec(name);
    expect(spec.depths.at(-1)).toBe(spec.transferCut);
    const base = spec.buildBase();
    if (!takesAnySize(base)) return;
    const parts = spec.depths.map((layer) => ({ layer, pool: 'average' }) as const);
    expect(outputOf(withPooledFeatures(base, parts)).shape[0]).toBeGreaterThan(100);
    const larger = spec.buildBase([320, 320, 3]);
    expect(larger.layers.map((layer) => layer.name)).toEqual(base.layers.map((layer) => layer.name));
    expect(outputOf(larger).shape[0]).toBeGreaterThan(outputOf(base).shape[0]!);
  });
});

describe('names of depths', () => {
  test.each([
    ['vgg16', 'block4', 'block4_pool'],
    ['vgg16', 'block5_conv2', 'block5_conv2'],
    ['googlenet', 'inception_4e', 'inception_4e/output'],
    ['resnet50', 'layer3', 'layer3.5'],
    ['efficientnet-lite0', 'blocks.4', 'blocks.4.2'],
    ['mobilenet-v2-1', 'block_12', 'block_12_add'],
  ])('of %s: %s is %s', (base, name, layer) => {
    const { buildBase, depths } = modelSpec(base);
    expect(layerAtDepth(buildBase(), name, depths)).toBe(layer);
  });

  test('another name is refused with the near ones', () => {
    const { buildBase, depths } = modelSpec('vgg16');
    expect(() => layerAtDepth(buildBase(), 'blok4', depths)).toThrow(
      /such as block1, block2, block3, block4, block5, but received 'blok4'\. Did you mean 'block4'\?/,
    );
  });
});
