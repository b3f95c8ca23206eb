import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { alexnet, alexnetTorchvision } from './alexnet.js';
import { forward } from './forward.js';
import { layerNamed, type Network, outputOf } from './network.js';
import { networkWeights, parameterCount } from './network-weights.js';
import { type VggName, vgg } from './vgg.js';

describe('AlexNet', () => {
  test.each([
    // As courses count it; as Caffe's bvlc_alexnet, with the paper's two groups; as torchvision publishes (num_params).
    ['alexnet', alexnet('alexnet'), 62_378_344],
    ['alexnet-grouped', alexnet('alexnet-grouped'), 60_965_224],
    ['alexnet-caffe', alexnet('alexnet-caffe'), 60_965_224],
    ['alexnet-torchvision', alexnetTorchvision(), 61_100_840],
  ] as const)('%s has the published number of parameters', (_, network, parameters) => {
    expect(parameterCount(network)).toBe(parameters);
  });

  test('the maps are 55, 27, 13 and 6 pixels wide in all forms', () => {
    for (const network of [alexnet(), alexnet('alexnet-grouped'), alexnetTorchvision()]) {
      const widths = ['conv1', 'pool1', 'pool2', 'conv5', 'pool5'].map(
        (name) => layerNamed(network, name).shape[0],
      );
      expect(widths).toEqual([55, 27, 13, 13, 6]);
    }
  });
});

describe('VGG', () => {
  test.each([
    // Simonyan & Zisserman 2014, table 2: millions of parameters of configurations A, A-LRN, B, C, D, E.
    ['vgg11', 133],
    ['vgg11-lrn', 133],
    ['vgg13', 133],
    ['vgg16-1x1', 134],
    ['vgg16', 138],
    ['vgg19', 144],
  ] as const)('%s has %i million parameters', (name: VggName, millions) => {
    expect(Math.round(parameterCount(vgg(name)) / 1e6)).toBe(millions);
  });

  test('the convolutional base of VGG-19 has 20,024,384', () => {
    expect(parameterCount(vgg('vgg19', { includeTop: false }))).toBe(20_024_384);
  });

  test('the layers with weights are as many as the name says', () => {
    for (const name of ['vgg11', 'vgg11-lrn', 'vgg13', 'vgg16-1x1', 'vgg16', 'vgg19'] as const) {
      const kernels = networkWeights(vgg(name)).filter((weight) => weight.name.endsWith('/kernel'));
      expect(kernels.length).toBe(Number(name.slice(3, 5)));
    }
  });
});

describe('forward', () => {
  test.each([
    ['alexnet', alexnet('alexnet', { includeTop: false, inputShape: [67, 67, 3] })],
    ['alexnet-grouped', alexnet('alexnet-grouped', { includeTop: false, inputShape: [67, 67, 3] })],
    ['alexnet-torchvision', alexnetTorchvision({ includeTop: false, inputShape: [63, 63, 3] })],
    ['vgg11-lrn', vgg('vgg11-lrn', { includeTop: false, inputShape: [32, 32, 3] })],
    ['vgg16-1x1', vgg('vgg16-1x1', { includeTop: false, inputShape: [32, 32, 3] })],
  ] as const)('%s puts out what its layers promise and keeps no tensors', (_, network: Network) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const parameters = new Map<string, Tensor>(
        networkWeights(network).map(({ name, shape }) => [name, tf.randomNormal([...shape], 0, 0.05)]),
      );
      const y = forward(network, parameters, tf.ones([2, ...network.layers[0]!.shape]));
      expect(y.shape).toEqual([2, ...outputOf(network).shape]);
      expect(Number.isFinite(y.sum().dataSync()[0])).toBe(true);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
