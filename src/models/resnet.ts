import type { BaseOptions, Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Blocks in each of the four stages, and the kind of block: table 1 of the paper. */
const configurations = {
  resnet18: { blocks: [2, 2, 2, 2], kind: 'basic', shortcuts: true },
  resnet34: { blocks: [3, 4, 6, 3], kind: 'basic', shortcuts: true },
  resnet50: { blocks: [3, 4, 6, 3], kind: 'bottleneck', shortcuts: true },
  resnet101: { blocks: [3, 4, 23, 3], kind: 'bottleneck', shortcuts: true },
  resnet152: { blocks: [3, 8, 36, 3], kind: 'bottleneck', shortcuts: true },
  'resnet50-keras': { blocks: [3, 4, 6, 3], kind: 'bottleneck', shortcuts: true },
  'resnet101-keras': { blocks: [3, 4, 23, 3], kind: 'bottleneck', shortcuts: true },
  'resnet152-keras': { blocks: [3, 8, 36, 3], kind: 'bottleneck', shortcuts: true },
  plain18: { blocks: [2, 2, 2, 2], kind: 'basic', shortcuts: false },
  plain34: { blocks: [3, 4, 6, 3], kind: 'basic', shortcuts: false },
} as const;

export type ResNetName = keyof typeof configurations;

/** A bottleneck block puts out four times the channels that it convolves in its middle. */
const bottleneckExpansion = 4;

/** In what the two publishers of trained ResNets differ. */
interface Style {
  /** The convolution of a bottleneck block that takes the stride: the paper's first 1×1, or "v1.5"'s 3×3. */
  readonly strideOn: '1x1' | '3x3';
  /** Whether convolutions have biases, although a batch norm follows. */
  readonly bias: boolean;
  readonly epsilon: number;
}

const torchvisionStyle: Style = { strideOn: '3x3', bias: false, epsilon: 1e-5 };
const kerasStyle: Style = { strideOn: '1x1', bias: true, epsilon: 1.001e-5 };

interface BlockOptions {
  /** Filters of the 3×3 convolutions. */
  filters: number;
  stride: number;
  shortcuts: boolean;
  style?: Style;
}

/**
 * ResNet, and the plain networks that the paper sets beside it: the same layers without shortcuts.
 * He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", 2015.
 *
 * As torchvision trains it: projection shortcuts where the shape changes (option B), and in bottleneck blocks the
 * stride on the 3×3 convolution ("v1.5") where the paper has it on the first 1×1; `resnet50-keras` and its sisters as
 * Keras publishes them, with the paper's stride and with biases (25,636,712 parameters, statistics of the batch norms
 * included). Layer names are torchvision's module names (conv1, bn1, layer1.0.conv1 … fc); a block's output has the
 * block's name (layer1.0).
 */
export function resnet(name: ResNetName, options: BaseOptions = {}): Network {
  const { classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const { blocks, kind, shortcuts } = configurations[name];
  const block = kind === 'basic' ? basicBlock : bottleneckBlock;
  const net = new NetworkBuilder(name, inputShape);
  const style = name.endsWith('-keras') ? kerasStyle : torchvisionStyle;
  const { bias } = style;
  let x = net.convolution('input', 'conv1', { filters: 64, kernel: 7, stride: 2, padding: 3, bias });
  x = normalise(net, x, 'bn1', style, 'relu');
  x = net.maxPool(x, 'maxpool', { kernel: 3, stride: 2, padding: 1 });
  let channels = 64;
  for (const [index, repeats] of blocks.entries()) {
    const filters = 64 * 2 ** index;
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 && index > 0 ? 2 : 1;
      x = block(net, x, `layer${index + 1}.${i}`, channels, { filters, stride, shortcuts, style });
      channels = kind === 'basic' ? filters : bottleneckExpansion * filters;
    }
  }
  if (includeTop) {
    x = net.globalAverage(x, 'avgpool');
    x = net.dense(x, 'fc', { units: classes });
    net.activation(x, 'prob', 'softmax');
  }
  return net.build();
}

/** The layers that the four stages end with, the last of them the end of the convolutional base. */
export function stageOutputs(name: ResNetName): string[] {
  const { blocks, shortcuts } = configurations[name];
  return blocks.map((repeats, i) => `layer${i + 1}.${repeats - 1}${shortcuts ? '' : '.bn2'}`);
}

/** Two 3×3 convolutions (figure 5, left). `channels`: of the map named `from`. Returns the block's output. */
export function basicBlock(
  net: NetworkBuilder,
  from: string,
  name: string,
  channels: number,
  { filters, stride, shortcuts, style = torchvisionStyle }: BlockOptions,
): string {
  const { bias } = style;
  let x = net.convolution(from, `${name}.conv1`, { filters, kernel: 3, stride, padding: 1, bias });
  x = normalise(net, x, `${name}.bn1`, style, 'relu');
  x = net.convolution(x, `${name}.conv2`, { filters, kernel: 3, padding: 1, bias });
  if (!shortcuts) return normalise(net, x, `${name}.bn2`, style, 'relu');
  x = normalise(net, x, `${name}.bn2`, style);
  const shortcut = project(net, from, name, channels, { filters, stride, style });
  return net.add([x, shortcut], name, { activation: 'relu' });
}

/** 1×1, 3×3 and 1×1 convolutions (figure 5, right). `channels`: of the map named `from`. Returns the block's output. */
export function bottleneckBlock(
  net: NetworkBuilder,
  from: string,
  name: string,
  channels: number,
  { filters, stride, style = torchvisionStyle }: BlockOptions,
): string {
  const { bias, strideOn } = style;
  const wide = bottleneckExpansion * filters;
  const strideHere = (convolution: Style['strideOn']) => (convolution === strideOn ? stride : 1);
  let x = net.convolution(from, `${name}.conv1`, { filters, kernel: 1, stride: strideHere('1x1'), bias });
  x = normalise(net, x, `${name}.bn1`, style, 'relu');
  const middle = { filters, kernel: 3, stride: strideHere('3x3'), padding: 1, bias };
  x = net.convolution(x, `${name}.conv2`, middle);
  x = normalise(net, x, `${name}.bn2`, style, 'relu');
  x = net.convolution(x, `${name}.conv3`, { filters: wide, kernel: 1, bias });
  x = normalise(net, x, `${name}.bn3`, style);
  const shortcut = project(net, from, name, channels, { filters: wide, stride, style });
  return net.add([x, shortcut], name, { activation: 'relu' });
}

/** The shortcut: the input itself or, where the shape changes, a 1×1 convolution of it. */
function project(
  net: NetworkBuilder,
  from: string,
  name: string,
  channels: number,
  { filters, stride, style }: { filters: number; stride: number; style: Style },
): string {
  if (stride === 1 && channels === filters) return from;
  const { bias } = style;
  const x = net.convolution(from, `${name}.downsample.0`, { filters, kernel: 1, stride, bias });
  return normalise(net, x, `${name}.downsample.1`, style);
}

function normalise(
  net: NetworkBuilder,
  from: string,
  name: string,
  { epsilon }: Style,
  activation?: 'relu',
): string {
  return net.batchNorm(from, name, { epsilon, ...(activation && { activation }) });
}
