import type { NamedTensor } from '../formats/tensors.js';
import type { Network } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';

/** A tensor's own name in Keras 1, 2 and 3 → ours. Keras 1's `running_std` holds the variance all the same. */
const partNames: ReadonlyMap<string, string> = new Map([
  ['W', 'kernel'],
  ['b', 'bias'],
  ['depthwise_kernel', 'kernel'],
  ['moving_mean', 'mean'],
  ['running_mean', 'mean'],
  ['moving_variance', 'variance'],
  ['running_std', 'variance'],
]);

/**
 * The tensors of `readKerasH5` under our names: `block1_conv1_W_1:0` and Keras 3's bare positions become `kernel`,
 * `bias`, … of the layer. Names of layers that the network does not have stay as they are.
 */
export function fromKerasH5Names(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
): Map<string, NamedTensor> {
  // Keras' own names have no slashes: ours are written with dots
  const layers = new Map(
    network.layers.flatMap((layer) => [
      [layer.name.replaceAll('/', '.'), layer],
      [layer.name, layer],
    ]),
  );
  const renamed = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    const slash = name.lastIndexOf('/');
    const layer = layers.get(name.slice(0, slash));
    const own = name.slice(slash + 1);
    if (!layer) {
      renamed.set(name, tensor);
    } else if (/^\d+$/.test(own)) {
      renamed.set(layerWeights(network, layer)[Number(own)]?.name ?? name, tensor);
    } else {
      const bare = own.replace(/:0$/, '').replace(/_\d+$/, '');
      const part = bare.startsWith(`${layer.name}_`) ? bare.slice(layer.name.length + 1) : bare;
      renamed.set(`${layer.name}/${partNames.get(part) ?? part}`, tensor);
    }
  }
  return renamed;
}
