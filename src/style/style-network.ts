import type { WeightedNetwork } from '../models/compose.js';
import { withPreprocessing } from '../models/compose.js';
import { type Layer, networkUpTo } from '../models/network.js';
import type { Preprocessing } from '../models/preprocessing.js';
import { vgg } from '../models/vgg.js';
import type { Pooling } from './names.js';

/** As in Gatys et al. 2016, section 2.3: conv4_2 for what is shown, the first convolution of each block for style. */
export const contentLayer = 'block4_conv2';
export const styleLayers = [
  'block1_conv1',
  'block2_conv1',
  'block3_conv1',
  'block4_conv1',
  'block5_conv1',
] as const;

/**
 * VGG-16 up to the last layer that is compared, for pictures of any size from 32 pixels on.
 *
 * @param base VGG-16's base, ready for RGB pixels. @param pooling the paper's pictures look better with averages.
 */
export function styleNetwork(
  base: WeightedNetwork & { readonly preprocessing: Preprocessing },
  height: number,
  width: number,
  pooling: Pooling,
): WeightedNetwork {
  const plain = vgg('vgg16', { includeTop: false, inputShape: [height, width, 3] });
  // the base's weights have their channels turned round already
  const preprocessing = { ...base.preprocessing, channelOrder: 'RGB' } as const;
  const { network } = withPreprocessing({ network: plain, weights: base.weights }, preprocessing);
  const pooled = (layer: Layer): Layer =>
    layer.type === 'maxPool' && pooling === 'average' ? { ...layer, type: 'averagePool' } : layer;
  const layers = network.layers.map(pooled);
  return {
    network: networkUpTo({ ...network, layers }, styleLayers.at(-1)!),
    weights: base.weights,
  };
}
