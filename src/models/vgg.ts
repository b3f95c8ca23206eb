import type { Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Convolutions per block of configurations D and E (Simonyan & Zisserman 2014, table 1). */
const convolutionsPerBlock = {
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
} as const;

const blockWidths = [64, 128, 256, 512, 512] as const;

/**
 * VGG: 3×3 convolutions of stride 1 in five blocks, each closed by a 2×2 max pool, then three dense layers.
 * Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014.
 * Layer names are Keras' (block1_conv1 … block5_pool, fc1, fc2, predictions).
 */
export function vgg(
  name: keyof typeof convolutionsPerBlock,
  options: { classes?: number; includeTop?: boolean } = {},
): Network {
  const { classes = 1000, includeTop = true } = options;
  const net = new NetworkBuilder(name, [224, 224, 3]);
  let x = 'input';
  for (const [index, convolutions] of convolutionsPerBlock[name].entries()) {
    const block = `block${index + 1}`;
    for (let i = 1; i <= convolutions; i++) {
      x = net.convolution(x, `${block}_conv${i}`, {
        filters: blockWidths[index]!,
        kernel: 3,
        padding: 'same',
        activation: 'relu',
      });
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
