import type { BaseOptions, Network, Padding } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** A fraction of the full network's filters: "alpha" in the papers. */
export interface MobileNetOptions extends BaseOptions {
  width?: number;
}

/** Filters and stride of the thirteen depthwise separable convolutions: table 1 of the first paper. */
const separable = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...new Array<readonly [512, 1]>(5).fill([512, 1]),
  [1024, 2],
  [1024, 1],
] as const;

/** Expansion, filters, repeats and first stride of the bottlenecks: table 2 of the second paper. */
const bottlenecks = [
  { expansion: 1, filters: 16, repeats: 1, stride: 1 },
  { expansion: 6, filters: 24, repeats: 2, stride: 2 },
  { expansion: 6, filters: 32, repeats: 3, stride: 2 },
  { expansion: 6, filters: 64, repeats: 4, stride: 2 },
  { expansion: 6, filters: 96, repeats: 3, stride: 1 },
  { expansion: 6, filters: 160, repeats: 3, stride: 2 },
  { expansion: 6, filters: 320, repeats: 1, stride: 1 },
] as const;

const epsilon = 1e-3;

/** Whose windows and batch norms a MobileNetV2 has. */
interface Style {
  /** TensorFlow pads a window of stride 2 below and right only, PyTorch on every side. */
  readonly padding: Padding;
  readonly epsilon: number;
}

const kerasStyle: Style = { padding: 'same', epsilon };
const torchvisionStyle: Style = { padding: 1, epsilon: 1e-5 };

/**
 * MobileNet: every convolution split into one filter a channel and a 1×1 convolution across channels.
 * Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
 * 4,253,864 numbers at width 1, 475,544 at 0.25, statistics of the batch norms included.
 * Layer names are Keras' (conv1, conv1_bn, conv_dw_1 … conv_pw_13_bn, conv_preds).
 */
export function mobilenetV1(options: MobileNetOptions = {}): Network {
  const { width = 1, classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder(`mobilenet-v1-${width}`, inputShape);
  const normalise = (from: string) => net.batchNorm(from, `${from}_bn`, { epsilon, activation: 'relu6' });
  const filtersAt = (filters: number) => Math.floor(filters * width);
  let x = normalise(
    net.convolution('input', 'conv1', {
      filters: filtersAt(32),
      kernel: 3,
      stride: 2,
      padding: 'same',
      bias: false,
    }),
  );
  for (const [index, [filters, stride]] of separable.entries()) {
    const number = index + 1;
    x = net.depthwise(x, `conv_dw_${number}`, { kernel: 3, stride, padding: 'same', bias: false });
    x = normalise(x);
    x = net.convolution(x, `conv_pw_${number}`, { filters: filtersAt(filters), kernel: 1, bias: false });
    x = normalise(x);
  }
  if (includeTop) {
    x = net.globalAverage(x, 'global_average_pooling2d');
    x = net.dropout(x, 'dropout', 1e-3);
    net.dense(x, 'conv_preds', { units: classes, activation: 'softmax' });
  }
  return net.build();
}

/**
 * MobileNetV2: depthwise convolutions on widened maps between narrow ones that shortcuts join, without an
 * activation on the narrow ones. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
 * 3,538,984 numbers at width 1, statistics of the batch norms included.
 * Layer names are Keras' (Conv1, bn_Conv1, expanded_conv_depthwise, block_1_expand … Conv_1, predictions).
 */
export function mobilenetV2(options: MobileNetOptions = {}): Network {
  return inStyle(kerasStyle, `mobilenet-v2-${options.width ?? 1}`, options);
}

/** The same layers at width 1 as torchvision and timm train them, which pad and normalise a little differently. */
export function mobilenetV2Torchvision(options: Omit<MobileNetOptions, 'width'> = {}): Network {
  return inStyle(torchvisionStyle, 'mobilenet-v2-torchvision', options);
}

function inStyle(style: Style, name: string, options: MobileNetOptions): Network {
  const { width = 1, classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const { padding, epsilon } = style;
  const net = new NetworkBuilder(name, inputShape);
  let x = net.convolution('input', 'Conv1', {
    filters: divisibleByEight(32 * width),
    kernel: 3,
    stride: 2,
    padding,
    bias: false,
  });
  x = net.batchNorm(x, 'bn_Conv1', { epsilon, activation: 'relu6' });
  let channels = divisibleByEight(32 * width);
  let number = 0;
  for (const { expansion, filters, repeats, stride } of bottlenecks) {
    for (let i = 0; i < repeats; i++) {
      const name = number === 0 ? 'expanded_conv' : `block_${number}`;
      const output = divisibleByEight(filters * width);
      const step = i === 0 ? stride : 1;
      x = bottleneck(net, x, name, { channels, expansion, filters: output, stride: step, style });
      channels = output;
      number++;
    }
  }
  x = net.convolution(x, 'Conv_1', {
    filters: width > 1 ? divisibleByEight(1280 * width) : 1280,
    kernel: 1,
    bias: false,
  });
  x = net.batchNorm(x, 'Conv_1_bn', { epsilon, activation: 'relu6' });
  if (includeTop) {
    x = net.globalAverage(x, 'global_average_pooling2d');
    net.dense(x, 'predictions', { units: classes, activation: 'softmax' });
  }
  return net.build();
}

/** The inverted residual block (figure 4d); a shortcut where input and output have the same shape. */
function bottleneck(
  net: NetworkBuilder,
  from: string,
  name: string,
  options: { channels: number; expansion: number; filters: number; stride: number; style: Style },
): string {
  const { channels, expansion, filters, stride } = options;
  const { padding, epsilon } = options.style;
  let x = from;
  if (expansion > 1) {
    x = net.convolution(x, `${name}_expand`, { filters: channels * expansion, kernel: 1, bias: false });
    x = net.batchNorm(x, `${name}_expand_BN`, { epsilon, activation: 'relu6' });
  }
  x = net.depthwise(x, `${name}_depthwise`, { kernel: 3, stride, padding, bias: false });
  x = net.batchNorm(x, `${name}_depthwise_BN`, { epsilon, activation: 'relu6' });
  x = net.convolution(x, `${name}_project`, { filters, kernel: 1, bias: false });
  x = net.batchNorm(x, `${name}_project_BN`, { epsilon });
  return stride === 1 && channels === filters ? net.add([from, x], `${name}_add`) : x;
}

/** The nearest multiple of eight, but never less than nine tenths of `filters`: the authors' rounding of widths. */
function divisibleByEight(filters: number): number {
  const nearest = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return nearest < 0.9 * filters ? nearest + 8 : nearest;
}
