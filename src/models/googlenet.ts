import type { BaseOptions, Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Filters of one inception module: a column of table 1 in the paper. */
export interface InceptionWidths {
  readonly '1x1': number;
  readonly '3x3_reduce': number;
  readonly '3x3': number;
  readonly '5x5_reduce': number;
  readonly '5x5': number;
  readonly pool_proj: number;
}

/** Table 1: the filters of every module, with a max pool after 3b and after 4e. */
export const inceptionStages: readonly Record<string, InceptionWidths>[] = [
  { '3a': widths(64, 96, 128, 16, 32, 32), '3b': widths(128, 128, 192, 32, 96, 64) },
  {
    '4a': widths(192, 96, 208, 16, 48, 64),
    '4b': widths(160, 112, 224, 24, 64, 64),
    '4c': widths(128, 128, 256, 24, 64, 64),
    '4d': widths(112, 144, 288, 32, 64, 64),
    '4e': widths(256, 160, 320, 32, 128, 128),
  },
  { '5a': widths(256, 160, 320, 32, 128, 128), '5b': widths(384, 192, 384, 48, 128, 128) },
];

/**
 * GoogLeNet as BVLC trained it in Caffe: 22 layers with weights, nine inception modules, local response
 * normalisation twice, no auxiliary classifiers (they serve training only).
 * Szegedy et al., "Going Deeper with Convolutions", 2014, table 1. 6,998,552 parameters with 1000 classes.
 * Layer names are Caffe's (conv1/7x7_s2 … inception_5b/output, loss3/classifier, prob).
 */
export function googlenet(options: BaseOptions = {}): Network {
  const { classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder('googlenet', inputShape);
  const convolution = (from: string, name: string, filters: number, kernel: number, stride = 1) =>
    net.convolution(from, name, { filters, kernel, stride, padding: (kernel - 1) / 2, activation: 'relu' });
  const pool = (from: string, name: string) =>
    net.maxPool(from, name, { kernel: 3, stride: 2, rounding: 'ceil' });
  // Caffe's alpha of 1e-4 is for the sum over the window of five channels.
  const normalise = (from: string, name: string) =>
    net.localResponseNorm(from, name, { depthRadius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75 });

  let x = convolution('input', 'conv1/7x7_s2', 64, 7, 2);
  x = pool(x, 'pool1/3x3_s2');
  x = normalise(x, 'pool1/norm1');
  x = convolution(x, 'conv2/3x3_reduce', 64, 1);
  x = convolution(x, 'conv2/3x3', 192, 3);
  x = normalise(x, 'conv2/norm2');
  for (const [index, modules] of inceptionStages.entries()) {
    x = pool(x, `pool${index + 2}/3x3_s2`);
    for (const [name, filters] of Object.entries(modules))
      x = inception(net, x, `inception_${name}`, filters);
  }
  if (includeTop) {
    x = net.averagePool(x, 'pool5/7x7_s1', { kernel: 7 });
    x = net.dropout(x, 'pool5/drop_7x7_s1', 0.4);
    x = net.flatten(x, 'flatten');
    x = net.dense(x, 'loss3/classifier', { units: classes });
    net.activation(x, 'prob', 'softmax');
  }
  return net.build();
}

/**
 * The inception module with dimension reductions (figure 2b): 1×1, 3×3 and 5×5 convolutions and a max pool of the
 * same map, side by side, joined along the channels. Adds layers `<name>/1x1` … `<name>/output`; returns the last.
 */
function inception(net: NetworkBuilder, from: string, name: string, filters: InceptionWidths): string {
  const convolution = (input: string, part: keyof InceptionWidths, kernel: number) =>
    net.convolution(input, `${name}/${part}`, {
      filters: filters[part],
      kernel,
      padding: (kernel - 1) / 2,
      activation: 'relu',
    });
  const pointwise = convolution(from, '1x1', 1);
  const middle = convolution(convolution(from, '3x3_reduce', 1), '3x3', 3);
  const wide = convolution(convolution(from, '5x5_reduce', 1), '5x5', 5);
  const pooled = net.maxPool(from, `${name}/pool`, { kernel: 3, padding: 1 });
  const projected = convolution(pooled, 'pool_proj', 1);
  return net.concatenate([pointwise, middle, wide, projected], `${name}/output`);
}

function widths(
  pointwise: number,
  middleReduce: number,
  middle: number,
  wideReduce: number,
  wide: number,
  projection: number,
): InceptionWidths {
  return {
    '1x1': pointwise,
    '3x3_reduce': middleReduce,
    '3x3': middle,
    '5x5_reduce': wideReduce,
    '5x5': wide,
    pool_proj: projection,
  };
}
