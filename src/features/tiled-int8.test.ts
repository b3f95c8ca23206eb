import { describe, expect, it } from 'vitest';
import { expectSameBits, small } from '../../test/helpers/tiled.js';
import type { Network } from '../models/network.js';
import type { NetworkBuilder } from '../models/network-builder.js';
import { modelSpec } from '../models/registry.js';
import { Random } from '../runtime/random.js';
import { hasTiledLayers } from './tile-program.js';

const available = hasTiledLayers();

interface Convolution {
  readonly filters?: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: 'same' | 'valid' | number;
  readonly activation?: 'relu' | 'relu6';
}

let unnamed = 0;

function convolution(net: NetworkBuilder, from: string, options: Convolution = {}): string {
  const usual = { filters: 16, kernel: 3, padding: 'same', activation: 'relu', bias: true } as const;
  return net.convolution(from, `layer${unnamed++}`, { ...usual, ...options });
}

function pool(net: NetworkBuilder, from: string, kernel: number, stride: number): string {
  return net.maxPool(from, `pool${unnamed++}`, { kernel, stride });
}

/** Each with the number of layers that are ours. */
const networks: Record<
  string,
  [layers: number, height: number, width: number, build: (net: NetworkBuilder) => void]
> = {
  'maps of one slice': [2, 9, 9, (net) => void convolution(net, convolution(net, 'input'))],
  'higher than wide': [2, 21, 6, (net) => void convolution(net, convolution(net, 'input'))],
  'wider than a tile': [2, 5, 70, (net) => void convolution(net, convolution(net, 'input'))],
  'several slices and a part of one': [
    3,
    13,
    17,
    (net) =>
      void convolution(net, convolution(net, convolution(net, 'input', { filters: 64 }), { filters: 200 }), {
        filters: 70,
      }),
  ],
  'few filters, not a multiple of four': [
    3,
    12,
    12,
    (net) =>
      void convolution(net, convolution(net, convolution(net, 'input', { filters: 5 }), { filters: 33 }), {
        filters: 1,
      }),
  ],
  'windows of one and five': [
    4,
    14,
    11,
    (net) => {
      const x = convolution(net, convolution(net, 'input', { kernel: 5 }), { kernel: 1, filters: 96 });
      convolution(net, convolution(net, x, { kernel: 5, filters: 80 }), { kernel: 1 });
    },
  ],
  'large strides': [
    3,
    45,
    38,
    (net) => {
      const x = convolution(net, 'input', { kernel: 7, stride: 2, filters: 24 });
      convolution(net, convolution(net, x, { stride: 2, filters: 72 }), { stride: 3, kernel: 1 });
    },
  ],
  'no padding': [
    3,
    20,
    20,
    (net) => {
      const x = convolution(net, 'input', { padding: 'valid' });
      convolution(net, convolution(net, x, { padding: 'valid', kernel: 2 }), { padding: 'valid', kernel: 5 });
    },
  ],
  'different padding of what reads one map': [
    4,
    16,
    16,
    (net) => {
      const x = convolution(net, 'input');
      const wide = convolution(net, x, { kernel: 5 });
      const narrow = convolution(net, x, { kernel: 1 });
      net.concatenate([wide, narrow, convolution(net, x)], 'joined');
    },
  ],
  'max pools': [
    7,
    34,
    29,
    (net) => {
      const x = pool(
        net,
        convolution(net, convolution(net, 'input', { filters: 72 }), { filters: 20 }),
        2,
        2,
      );
      pool(net, convolution(net, pool(net, convolution(net, x, { filters: 72 }), 3, 2)), 3, 1);
    },
  ],
  'ReLU6, and maps that others read too': [
    3,
    18,
    18,
    (net) => {
      const x = convolution(net, 'input', { activation: 'relu6' });
      const y = convolution(net, x, { filters: 40, activation: 'relu6' });
      net.concatenate(
        [net.globalAverage(x, 'stage'), net.globalAverage(convolution(net, y), 'last')],
        'both',
      );
    },
  ],
  'values below 0': [
    3,
    10,
    10,
    (net) => {
      const x = net.convolution(convolution(net, 'input'), 'linear', {
        filters: 24,
        kernel: 1,
        padding: 0,
        bias: true,
      });
      convolution(net, x, { kernel: 1 });
    },
  ],
};

/** A network with layers of every kind, on pictures of 48 to 80 pixels. */
function drawn(random: Random): Network {
  const one = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)]!;
  return small(48 + random.below(33), 48 + random.below(33), (net) => {
    let x = 'input';
    for (let left = 2 + random.below(3); left > 0; left--) {
      const kernel = one(1, 2, 3, 3, 5, 7);
      x = convolution(net, x, {
        filters: one(1, 3, 8, 16, 24, 48, 64, 100),
        kernel,
        stride: left === 1 ? one(1, 2) : 1,
        padding: kernel > 3 ? 'same' : one<'same' | number>('same', 1),
        activation: one('relu', 'relu6'),
      });
      if (random.below(3) === 0) x = pool(net, x, one(2, 3), one(1, 2));
    }
  });
}

describe.skipIf(!available)('layers that are ours give what TensorFlow gives, to the bit', () => {
  it.each(Object.entries(networks))('%s', (_, [layers, height, width, build]) => {
    expect(expectSameBits(small(height, width, build), [1, 2, 5])).toBe(layers);
  });

  it('fifteen networks drawn at random', () => {
    const tiled = Array.from({ length: 15 }, (_, seed) =>
      expectSameBits(drawn(new Random(seed)), [1 + (seed % 3)]),
    );
    expect(tiled.filter((layers) => layers > 0).length).toBeGreaterThan(10);
  });

  it.each(['vgg11-bn', 'alexnet-torchvision', 'squeezenet'])('%s', (name) => {
    const network = modelSpec(name).buildBase([96, 96, 3]);
    expect(expectSameBits(network, [1, 3])).toBeGreaterThan(3);
  });
});

describe.skipIf(available)('without tiles', () => {
  it('layers are TensorFlow’s', () => {
    const network = small(8, 8, (net) => void convolution(net, convolution(net, 'input')));
    expect(() => expectSameBits(network, [1])).toThrow('FinetuneEightBitLayers');
  });
});
