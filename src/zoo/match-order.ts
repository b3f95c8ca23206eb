import type { Layer, Network } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

/** A layer's tensors under the names that follow its own: `weight`, `bias`, `gamma` … */
type Parts = Map<string, NamedTensor>;

const kinds = ['convolution', 'dense', 'batchNorm'] as const;

/**
 * PyTorch-like names (`<layer>.weight`, kernels OIHW) for tensors whose own names tell a layer's kind and number only, as
 * MXNet's `vgg0_conv3_weight`: the n-th convolution of the file is the network's n-th, if all shapes agree; so with dense
 * layers and batch normalisations.
 *
 * @returns undefined where they do not agree, or where the order of the tensors and that of their numbers are two
 *   answers.
 */
export function matchOrder(network: Network, tensors: Weights): Map<string, NamedTensor> | undefined {
  const layers = layersOf(tensors);
  const byNumber = new Map([...layers].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
  const [first, second] = [layers, byNumber]
    .map((order) => inOrder(network, order))
    .filter((found) => found !== undefined);
  return second && !isSame(first!, second) ? undefined : first;
}

function layersOf(tensors: Weights): Map<string, Parts> {
  const layers = new Map<string, Parts>();
  for (const [name, tensor] of tensors) {
    const [, layer, part] =
      /^(.+)_(weight|bias|gamma|beta|running_mean|running_var|moving_mean|moving_var)$/.exec(name) ?? [];
    if (layer === undefined) continue;
    const parts: Parts = layers.get(layer) ?? new Map();
    layers.set(layer, parts.set(part!.replace('moving', 'running'), tensor));
  }
  return layers;
}

function inOrder(network: Network, layers: ReadonlyMap<string, Parts>): Map<string, NamedTensor> | undefined {
  const found = new Map<string, NamedTensor>();
  for (const kind of kinds) {
    const ours = network.layers.filter((layer) => kindOf(layer) === kind);
    const theirs = [...layers.values()].filter((parts) => kindOfParts(parts) === kind);
    for (const [i, layer] of ours.entries()) {
      const parts = theirs[i];
      if (!parts || !hasSizes(network, layer, parts)) return undefined;
      for (const [part, tensor] of parts) found.set(`${layer.name}.${torchParts.get(part) ?? part}`, tensor);
    }
  }
  return found;
}

/** PyTorch calls a batch normalisation's scale and shift weight and bias. */
const torchParts: ReadonlyMap<string, string> = new Map([
  ['gamma', 'weight'],
  ['beta', 'bias'],
]);

function kindOf({ type }: Layer): string {
  return type === 'depthwise' ? 'convolution' : type;
}

function kindOfParts(parts: Parts): (typeof kinds)[number] {
  if (parts.has('gamma')) return 'batchNorm';
  return parts.get('weight')?.shape.length === 4 ? 'convolution' : 'dense';
}

function hasSizes(network: Network, layer: Layer, parts: Parts): boolean {
  const sides = (shape: readonly number[]) => shape.toSorted((a, b) => a - b).join();
  const needed = layerWeights(network, layer).map(({ shape }) => sides(shape));
  return (
    [...parts.values()]
      .map(({ shape }) => sides(shape))
      .sort()
      .join(' ') === needed.sort().join(' ')
  );
}

function isSame(a: ReadonlyMap<string, NamedTensor>, b: ReadonlyMap<string, NamedTensor>): boolean {
  return a.size === b.size && [...a].every(([name, tensor]) => b.get(name) === tensor);
}
