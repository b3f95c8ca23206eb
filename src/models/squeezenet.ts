import type { BaseOptions, Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Filters of the eight fire modules: [squeeze, expand 1×1 and as many 3×3], with a pool before those marked. */
const fires = [
  { name: 'fire2', squeeze: 16, expand: 64, poolBefore: 'pool1' },
  { name: 'fire3', squeeze: 16, expand: 64 },
  { name: 'fire4', squeeze: 32, expand: 128, poolBefore: 'pool3' },
  { name: 'fire5', squeeze: 32, expand: 128 },
  { name: 'fire6', squeeze: 48, expand: 192, poolBefore: 'pool5' },
  { name: 'fire7', squeeze: 48, expand: 192 },
  { name: 'fire8', squeeze: 64, expand: 256 },
  { name: 'fire9', squeeze: 64, expand: 256 },
] as const;

/**
 * SqueezeNet v1.1: AlexNet's accuracy with 1,235,496 parameters, from fire modules that squeeze the channels
 * before they convolve. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016;
 * v1.1 is the authors' cheaper release (github.com/forresti/SqueezeNet), trained at 227×227 and, being fully
 * convolutional, used at 224×224 here as by torchvision.
 * Layer names are Caffe's (conv1, fire2/squeeze1x1 … fire9/concat, conv10, pool10, prob).
 */
export function squeezenet(options: BaseOptions = {}): Network {
  const { classes = 1000, includeTop = true, inputShape = [224, 224, 3] } = options;
  const net = new NetworkBuilder('squeezenet', inputShape);
  let x = net.convolution('input', 'conv1', { filters: 64, kernel: 3, stride: 2, activation: 'relu' });
  for (const module of fires) {
    if ('poolBefore' in module) {
      x = net.maxPool(x, module.poolBefore, { kernel: 3, stride: 2, rounding: 'ceil' });
    }
    x = fire(net, x, module.name, module);
  }
  if (includeTop) {
    x = net.dropout(x, 'drop9', 0.5);
    x = net.convolution(x, 'conv10', { filters: classes, kernel: 1, activation: 'relu' });
    x = net.globalAverage(x, 'pool10');
    net.activation(x, 'prob', 'softmax');
  }
  return net.build();
}

/**
 * The fire module (section 3.2): a 1×1 convolution to few channels, then 1×1 and 3×3 convolutions of the result
 * side by side. Adds layers `<name>/squeeze1x1` … `<name>/concat`; returns the last.
 */
function fire(
  net: NetworkBuilder,
  from: string,
  name: string,
  { squeeze, expand }: { squeeze: number; expand: number },
): string {
  const squeezed = net.convolution(from, `${name}/squeeze1x1`, {
    filters: squeeze,
    kernel: 1,
    activation: 'relu',
  });
  const small = net.convolution(squeezed, `${name}/expand1x1`, {
    filters: expand,
    kernel: 1,
    activation: 'relu',
  });
  const large = net.convolution(squeezed, `${name}/expand3x3`, {
    filters: expand,
    kernel: 3,
    padding: 1,
    activation: 'relu',
  });
  return net.concatenate([small, large], `${name}/concat`);
}
