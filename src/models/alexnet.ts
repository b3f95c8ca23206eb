import type { Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

export interface AlexNetOptions {
  readonly classes?: number;
  /** With the three dense layers. Default true. */
  readonly includeTop?: boolean;
  /** [height, width, channels]. Default [227, 227, 3], for torchvision's [224, 224, 3]. */
  readonly inputShape?: readonly [number, number, number];
}

export type AlexNetName = 'alexnet' | 'alexnet-grouped' | 'alexnet-caffe';

/**
 * AlexNet: five convolutions, three of them followed by overlapping 3×3 max pools of stride 2, and three dense layers.
 * Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012. Layer names
 * are Caffe's (conv1 … pool5, fc6, fc7, fc8).
 *
 * - `alexnet`: as courses draw it: every filter reads all channels, and local response normalisation comes after the
 *   first two pools. 62,378,344 parameters.
 * - `alexnet-grouped`: as in the paper: conv2, conv4 and conv5 in two groups, one for each of its two GPUs, and local
 *   response normalisation before the pools (section 3.5). 60,965,224 parameters.
 * - `alexnet-caffe`: the same as BVLC trained it in Caffe, with other constants of the normalisation.
 *
 * The paper says 224×224, but its 55×55 maps need 227×227: (227 − 11)/4 + 1 = 55.
 */
export function alexnet(name: AlexNetName = 'alexnet', options: AlexNetOptions = {}): Network {
  const { includeTop = true, inputShape = [227, 227, 3] } = options;
  const net = new NetworkBuilder(name, inputShape);
  const grouped = name !== 'alexnet';
  const groups = grouped ? 2 : 1;
  // Section 3.3: k = 2, n = 5, α = 1e-4, β = 0.75. Caffe has k = 1 and divides its α by n.
  const [bias, alpha] = name === 'alexnet-caffe' ? [1, 1e-4 / 5] : [2, 1e-4];
  const normalise = (from: string, index: number) =>
    net.localResponseNorm(from, `norm${index}`, { depthRadius: 2, bias, alpha, beta: 0.75 });
  const pool = (from: string, index: number) => net.maxPool(from, `pool${index}`, { kernel: 3, stride: 2 });
  const poolAndNormalise = (from: string, index: number) =>
    grouped ? pool(normalise(from, index), index) : normalise(pool(from, index), index);

  let x = net.convolution('input', 'conv1', { filters: 96, kernel: 11, stride: 4, activation: 'relu' });
  x = poolAndNormalise(x, 1);
  x = net.convolution(x, 'conv2', { filters: 256, kernel: 5, padding: 2, groups, activation: 'relu' });
  x = poolAndNormalise(x, 2);
  x = net.convolution(x, 'conv3', { filters: 384, kernel: 3, padding: 1, activation: 'relu' });
  x = net.convolution(x, 'conv4', { filters: 384, kernel: 3, padding: 1, groups, activation: 'relu' });
  x = net.convolution(x, 'conv5', { filters: 256, kernel: 3, padding: 1, groups, activation: 'relu' });
  x = pool(x, 5);
  if (includeTop) {
    x = net.flatten(x, 'flatten');
    x = net.dense(x, 'fc6', { units: 4096, activation: 'relu' });
    x = net.dropout(x, 'drop6', 0.5);
    x = net.dense(x, 'fc7', { units: 4096, activation: 'relu' });
    x = net.dropout(x, 'drop7', 0.5);
    net.dense(x, 'fc8', { units: options.classes ?? 1000, activation: 'softmax' });
  }
  return net.build();
}

/**
 * AlexNet as torchvision trained it: narrower first layers, no normalisation, dropout before the dense layers.
 * Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014, section 5.
 * 61,100,840 parameters. Layer names as in `alexnet`. torchvision averages the last map to 6×6 before the dense layers,
 * which at 224×224 changes nothing and is left out here.
 */
export function alexnetTorchvision(options: AlexNetOptions = {}): Network {
  const { includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder('alexnet-torchvision', inputShape);
  const pool = (from: string, name: string) => net.maxPool(from, name, { kernel: 3, stride: 2 });

  let x = net.convolution('input', 'conv1', {
    filters: 64,
    kernel: 11,
    stride: 4,
    padding: 2,
    activation: 'relu',
  });
  x = pool(x, 'pool1');
  x = net.convolution(x, 'conv2', { filters: 192, kernel: 5, padding: 2, activation: 'relu' });
  x = pool(x, 'pool2');
  x = net.convolution(x, 'conv3', { filters: 384, kernel: 3, padding: 1, activation: 'relu' });
  x = net.convolution(x, 'conv4', { filters: 256, kernel: 3, padding: 1, activation: 'relu' });
  x = net.convolution(x, 'conv5', { filters: 256, kernel: 3, padding: 1, activation: 'relu' });
  x = pool(x, 'pool5');
  if (includeTop) {
    x = net.flatten(x, 'flatten');
    x = net.dropout(x, 'drop6', 0.5);
    x = net.dense(x, 'fc6', { units: 4096, activation: 'relu' });
    x = net.dropout(x, 'drop7', 0.5);
    x = net.dense(x, 'fc7', { units: 4096, activation: 'relu' });
    net.dense(x, 'fc8', { units: options.classes ?? 1000, activation: 'softmax' });
  }
  return net.build();
}
