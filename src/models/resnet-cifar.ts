import type { Network, Shape } from './network.js';
import { NetworkBuilder } from './network-builder.js';
import { basicBlock } from './resnet.js';

export interface SmallResNetOptions {
  /** 6n + 2: 20, 32, 44, 56, 110 in the paper. */
  depth: number;
  /** Without, it is the plain network that the paper sets beside it. */
  shortcuts: boolean;
  /** [height, width, channels]; 32×32×3, CIFAR-10's, unless told. */
  inputShape?: Shape;
  /** Filters of the first of the three stages, each with twice as many as the one before; 16 unless told. */
  width?: number;
  /** 10 unless told. */
  classes?: number;
}

/**
 * The small residual and plain networks of He et al. 2015, section 4.2: a 3×3 convolution, three stages of n blocks of
 * two, on maps of the input's size, half and a quarter of it, global average pooling and a dense layer. ResNet-20 has
 * 0.27 M parameters, ResNet-56 0.85 M (table 6).
 *
 * Where the shape changes, the shortcut is a 1×1 convolution with batch normalisation (option B), as in `resnet`; the
 * paper's pads with zeros (option A), so that its residual networks have exactly the parameters of the plain ones. Here
 * they have 2,752 more. The output is logits.
 *
 * @throws RangeError unless depth is 6n + 2 with n ≥ 1.
 */
export function smallResNet(options: SmallResNetOptions): Network {
  const { depth, shortcuts, inputShape = [32, 32, 3], width = 16, classes = 10 } = options;
  const blocks = (depth - 2) / 6;
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(`Expected a depth of 6n + 2 (8, 14, 20 …) but received ${depth}.`);
  }
  const net = new NetworkBuilder(`${shortcuts ? 'resnet' : 'plain'}${depth}`, inputShape);
  let x = net.convolution('input', 'conv1', { filters: width, kernel: 3, padding: 1, bias: false });
  x = net.batchNorm(x, 'bn1', { epsilon: 1e-5, activation: 'relu' });
  let channels = width;
  for (let stage = 0; stage < 3; stage++) {
    const filters = width * 2 ** stage;
    for (let i = 0; i < blocks; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      x = basicBlock(net, x, `layer${stage + 1}.${i}`, channels, { filters, stride, shortcuts });
      channels = filters;
    }
  }
  x = net.globalAverage(x, 'avgpool');
  net.dense(x, 'fc', { units: classes });
  return net.build();
}
