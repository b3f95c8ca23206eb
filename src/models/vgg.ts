import type { Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

type Configuration = 'vgg11' | 'vgg11-lrn' | 'vgg13' | 'vgg16-1x1' | 'vgg16' | 'vgg19';

/** `-bn`: torchvision's variants with a batch norm between each convolution and its ReLU. */
export type VggName = Configuration | 'vgg11-bn' | 'vgg13-bn' | 'vgg16-bn' | 'vgg19-bn';

/**
 * The columns of table 1: for each of the five blocks the kernel sides of its convolutions.
 * In the paper's letters: A, A-LRN, B, C, D and E.
 */
const configurations: Record<Configuration, readonly (readonly number[])[]> = {
  vgg11: [[3], [3], [3, 3], [3, 3], [3, 3]],
  'vgg11-lrn': [[3], [3], [3, 3], [3, 3], [3, 3]],
  vgg13: [
    [3, 3],
    [3, 3],
    [3, 3],
    [3, 3],
    [3, 3],
  ],
  'vgg16-1x1': [
    [3, 3],
    [3, 3],
    [3, 3, 1],
    [3, 3, 1],
    [3, 3, 1],
  ],
  vgg16: [
    [3, 3],
    [3, 3],
    [3, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
  vgg19: [
    [3, 3],
    [3, 3],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
  ],
};

const blockWidths = [64, 128, 256, 512, 512] as const;

export interface VggOptions {
  readonly classes?: number;
  /** With the three dense layers. Default true. */
  readonly includeTop?: boolean;
  /** [height, width, channels], at least 32×32. Default [224, 224, 3]. */
  readonly inputShape?: readonly [number, number, number];
}

/**
 * VGG: 3×3 convolutions of stride 1 in five blocks, each closed by a 2×2 max pool, then three dense layers.
 * Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014.
 * Parameters in millions (table 2): A and A-LRN 133, B 133, C 134, D 138, E 144.
 * Layer names are Keras' (block1_conv1 … block5_pool, fc1, fc2, predictions).
 */
export function vgg(name: VggName, options: VggOptions = {}): Network {
  const { classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder(name, inputShape);
  let x = 'input';
  for (const [index, kernels] of configurations[name.replace('-bn', '') as Configuration].entries()) {
    const block = `block${index + 1}`;
    const filters = blockWidths[index]!;
    for (const [i, kernel] of kernels.entries()) {
      const convolution = { filters, kernel, padding: 'same' } as const;
      const layer = `${block}_conv${i + 1}`;
      if (name.endsWith('-bn')) {
        x = net.convolution(x, layer, convolution);
        x = net.batchNorm(x, `${block}_bn${i + 1}`, { epsilon: 1e-5, activation: 'relu' });
      } else {
        x = net.convolution(x, layer, { ...convolution, activation: 'relu' });
      }
    }
    if (name === 'vgg11-lrn' && index === 0) {
      // With AlexNet's constants, as the paper says (section 2.3).
      x = net.localResponseNorm(x, `${block}_norm`, { depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75 });
    }
    x = net.maxPool(x, `${block}_pool`, { kernel: 2, stride: 2 });
  }
  if (includeTop) {
    x = net.flatten(x, 'flatten');
    x = net.dense(x, 'fc1', { units: 4096, activation: 'relu' });
    x = net.dropout(x, 'dropout1', 0.5);
    x = net.dense(x, 'fc2', { units: 4096, activation: 'relu' });
    x = net.dropout(x, 'dropout2', 0.5);
    net.dense(x, 'predictions', { units: classes, activation: 'softmax' });
  }
  return net.build();
}
