import { describe, expect, test } from 'vitest';
import { lenet5 } from './lenet5.js';
import { layerNamed, networkAfter, networkUpTo, outputOf } from './network.js';
import { parameterCount } from './network-weights.js';
import { NetworkBuilder } from './network-builder.js';
import { modelSpec } from './registry.js';

describe('parameter counts agree with published figures', () => {
  test.each([
    ['vgg16', 1000, 138_357_544],
    ['lenet5', 10, 61_706],
  ])('%s with %i classes has %i', (name, classes, parameters) => {
    expect(parameterCount(modelSpec(name).build({ classes }))).toBe(parameters);
  });

  test('the convolutional base of VGG-16 has 14,714,688', () => {
    expect(parameterCount(modelSpec('vgg16').buildBase())).toBe(14_714_688);
  });

  test('LeNet-5 on colour pictures has three times the weights in C1', () => {
    expect(parameterCount(lenet5({ channels: 3 }))).toBe(61_706 + 2 * 5 * 5 * 6);
  });
});

describe('cutting', () => {
  const base = modelSpec('vgg16').buildBase();

  test('the prefix ends at the cut and the suffix starts with its shape', () => {
    expect(outputOf(networkUpTo(base, 'block4_pool')).shape).toEqual([14, 14, 512]);
    const suffix = networkAfter(base, 'block4_pool');
    expect(suffix.layers.map((layer) => layer.name)).toEqual([
      'block4_pool',
      'block5_conv1',
      'block5_conv2',
      'block5_conv3',
      'block5_pool',
    ]);
  });

  test('a cut that a later layer reads around is refused', () => {
    const net = new NetworkBuilder('residual', [8, 8, 4]);
    const a = net.convolution('input', 'a', { filters: 4, kernel: 3, padding: 'same' });
    const b = net.convolution(a, 'b', { filters: 4, kernel: 3, padding: 'same' });
    net.add([a, b], 'sum');
    expect(() => networkAfter(net.build(), 'b')).toThrow("'sum' also reads 'a'");
  });
});

describe('window arithmetic', () => {
  test.each([
    { size: 7, kernel: 3, stride: 1, padding: 'valid', rounding: 'floor', output: 5 },
    { size: 7, kernel: 3, stride: 2, padding: 'valid', rounding: 'floor', output: 3 },
    { size: 32, kernel: 5, stride: 1, padding: 2, rounding: 'floor', output: 32 },
    { size: 112, kernel: 3, stride: 2, padding: 'valid', rounding: 'floor', output: 55 },
    { size: 112, kernel: 3, stride: 2, padding: 'valid', rounding: 'ceil', output: 56 },
    { size: 224, kernel: 7, stride: 2, padding: 'same', rounding: 'floor', output: 112 },
  ] as const)('$size pixels, kernel $kernel, stride $stride, $padding, $rounding → $output', (c) => {
    const net = new NetworkBuilder('one', [c.size, c.size, 1]);
    net.maxPool('input', 'pool', c);
    expect(layerNamed(net.build(), 'pool').shape).toEqual([c.output, c.output, 1]);
  });
});
