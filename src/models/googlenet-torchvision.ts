import { type InceptionWidths, inceptionStages } from './googlenet.js';
import type { BaseOptions, Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/**
 * GoogLeNet as torchvision trained it: batch normalisation after every convolution in place of biases and of local
 * response normalisation, 3×3 convolutions where the paper has 5×5, and a 2×2 pool before the last stage.
 * Szegedy et al., "Going Deeper with Convolutions", 2014. 6,624,904 parameters, and the statistics of the batch norms.
 * Layer names are torchvision's module names (conv1.conv, conv1.bn, inception3a.branch1.conv … fc).
 */
export function googlenetTorchvision(options: BaseOptions = {}): Network {
  const { classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder('googlenet-torchvision', inputShape);
  const pool = (from: string, name: string, kernel = 3) =>
    net.maxPool(from, name, { kernel, stride: 2, rounding: 'ceil' });

  let x = convolution(net, 'input', 'conv1', 64, 7, 2);
  x = pool(x, 'maxpool1');
  x = convolution(net, x, 'conv2', 64, 1);
  x = convolution(net, x, 'conv3', 192, 3);
  for (const [index, modules] of inceptionStages.entries()) {
    const isLast = index === inceptionStages.length - 1;
    x = pool(x, `maxpool${index + 2}`, isLast ? 2 : 3);
    for (const [name, filters] of Object.entries(modules)) x = inception(net, x, `inception${name}`, filters);
  }
  if (includeTop) {
    x = net.globalAverage(x, 'avgpool');
    x = net.dropout(x, 'dropout', 0.2);
    x = net.dense(x, 'fc', { units: classes });
    net.activation(x, 'prob', 'softmax');
  }
  return net.build();
}

/** Adds `<name>.branch1` … `<name>`; returns the last. */
function inception(net: NetworkBuilder, from: string, name: string, filters: InceptionWidths): string {
  const branch = (input: string, part: string, width: keyof InceptionWidths, kernel: number) =>
    convolution(net, input, `${name}.${part}`, filters[width], kernel);
  const branches = [
    branch(from, 'branch1', '1x1', 1),
    branch(branch(from, 'branch2.0', '3x3_reduce', 1), 'branch2.1', '3x3', 3),
    branch(branch(from, 'branch3.0', '5x5_reduce', 1), 'branch3.1', '5x5', 3),
    branch(net.maxPool(from, `${name}.branch4.0`, { kernel: 3, padding: 1 }), 'branch4.1', 'pool_proj', 1),
  ];
  return net.concatenate(branches, name);
}

function convolution(
  net: NetworkBuilder,
  from: string,
  name: string,
  filters: number,
  kernel: number,
  stride = 1,
): string {
  const padding = (kernel - 1) / 2;
  const x = net.convolution(from, `${name}.conv`, { filters, kernel, stride, padding, bias: false });
  return net.batchNorm(x, `${name}.bn`, { epsilon: 1e-3, activation: 'relu' });
}
