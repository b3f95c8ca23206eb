import type { BaseOptions, Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Kernel, stride, expansion, filters and repeats of the seven stages: table 1 of the paper, EfficientNet-B0. */
const stages = [
  { kernel: 3, stride: 1, expansion: 1, filters: 16, repeats: 1 },
  { kernel: 3, stride: 2, expansion: 6, filters: 24, repeats: 2 },
  { kernel: 5, stride: 2, expansion: 6, filters: 40, repeats: 2 },
  { kernel: 3, stride: 2, expansion: 6, filters: 80, repeats: 3 },
  { kernel: 5, stride: 1, expansion: 6, filters: 112, repeats: 3 },
  { kernel: 5, stride: 2, expansion: 6, filters: 192, repeats: 4 },
  { kernel: 3, stride: 1, expansion: 6, filters: 320, repeats: 1 },
] as const;

const epsilon = 1e-3;

/**
 * EfficientNet-lite0: EfficientNet-B0 (Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
 * Networks", 2019) for small devices, as TensorFlow's page of EfficientNet-lite describes it: no squeeze-and-excite,
 * ReLU6 for swish. Windows are padded as TensorFlow pads ('same').
 *
 * 4,652,008 parameters and 42,016 statistics of batch norms. Layer names are those of timm's modules (conv_stem,
 * bn1, blocks.0.0.conv_dw … classifier); a block with a shortcut ends in a layer of the block's name (blocks.1.1).
 */
export function efficientnetLite0(options: BaseOptions = {}): Network {
  const { classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder('efficientnet-lite0', inputShape);
  const stem = { filters: 32, kernel: 3, stride: 2, padding: 'same', bias: false } as const;
  let x = net.convolution('input', 'conv_stem', stem);
  x = net.batchNorm(x, 'bn1', { epsilon, activation: 'relu6' });
  let channels = stem.filters as number;
  for (const [stage, { stride, repeats, ...shape }] of stages.entries()) {
    for (let i = 0; i < repeats; i++) {
      const name = `blocks.${stage}.${i}`;
      x = block(net, x, name, { ...shape, channels, stride: i === 0 ? stride : 1 });
      channels = shape.filters;
    }
  }
  x = net.convolution(x, 'conv_head', { filters: 1280, kernel: 1, bias: false });
  x = net.batchNorm(x, 'bn2', { epsilon, activation: 'relu6' });
  if (includeTop) {
    x = net.globalAverage(x, 'global_pool');
    x = net.dropout(x, 'dropout', 0.2);
    x = net.dense(x, 'classifier', { units: classes });
    net.activation(x, 'prob', 'softmax');
  }
  return net.build();
}

/**
 * MobileNetV2's inverted residual: wider by a 1×1 convolution, a depthwise one, narrower again without an activation,
 * and a shortcut where input and output have the same shape. Without expansion the first step is left out.
 */
function block(
  net: NetworkBuilder,
  from: string,
  name: string,
  options: { channels: number; kernel: number; stride: number; expansion: number; filters: number },
): string {
  const { channels, kernel, stride, expansion, filters } = options;
  const expands = expansion > 1;
  let x = from;
  let norms = 0;
  const normalise = (read: string, activation?: 'relu6') =>
    net.batchNorm(read, `${name}.bn${++norms}`, { epsilon, ...(activation && { activation }) });
  if (expands) {
    x = net.convolution(x, `${name}.conv_pw`, { filters: channels * expansion, kernel: 1, bias: false });
    x = normalise(x, 'relu6');
  }
  x = net.depthwise(x, `${name}.conv_dw`, { kernel, stride, padding: 'same', bias: false });
  x = normalise(x, 'relu6');
  x = net.convolution(x, `${name}.conv_pw${expands ? 'l' : ''}`, { filters, kernel: 1, bias: false });
  x = normalise(x);
  return stride === 1 && channels === filters ? net.add([from, x], name) : x;
}
