import { didYouMean, UserError } from '../runtime/errors.js';
import { type Layer, layerNamed, type Network, networkUpTo, outputOf } from './network.js';
import { NetworkBuilder } from './network-builder.js';

/** Ways to make one value a channel of a map; gem is the generalised mean of power 3. */
export const poolNames = ['average', 'max', 'gem'] as const;
export type PoolName = (typeof poolNames)[number];

/** A part of a picture's features: the map at a layer, pooled in one way. A layer without places needs no pooling. */
export interface FeaturePart {
  readonly layer: string;
  readonly pool: PoolName | 'none';
}

/** The layers that `withPooledFeatures` adds are called after the parts; this one puts them side by side. */
export const featuresLayer = 'features';

/**
 * The network as far as some of its maps, and on top of it a picture's features: each part pooled and divided by the root
 * mean square of its values, so that only the pattern counts and no part is louder than another, then all parts one after
 * the other.
 */
export function withPooledFeatures(network: Network, parts: readonly FeaturePart[]): Network {
  const needed = new Set(
    parts.flatMap(({ layer }) => networkUpTo(network, layer).layers.map(({ name }) => name)),
  );
  const below = network.layers.filter(({ name }) => needed.has(name));
  const net = NetworkBuilder.on({ name: network.name, layers: below });
  const vectors = parts.map(({ layer, pool }) => {
    const pooled = pool === 'none' ? layer : poolings[pool](net, layer);
    return net.rootMeanSquareNorm(pooled, `${pooled}_normalised`);
  });
  if (vectors.length > 1) net.concatenate(vectors, featuresLayer);
  return net.build();
}

const poolings: Record<PoolName, (net: NetworkBuilder, layer: string) => string> = {
  average: (net, layer) => net.globalAverage(layer, `${layer}_average`),
  max: (net, layer) => net.globalMaximum(layer, `${layer}_max`),
  gem: (net, layer) => net.generalisedMean(layer, `${layer}_gem`, 3),
};

/** How many values a part has. */
export function partSize(network: Network, { layer }: FeaturePart): number {
  return layerNamed(network, layer).shape.at(-1)!;
}

/**
 * The layer that a name for a depth stands for: that layer, or the last one of a block (`block4` is `block4_pool`,
 * `inception_4e` is `inception_4e/output`).
 *
 * @param usual depths that are offered when there is no such layer.
 * @throws UserError when no layer with a map is called so.
 */
export function layerAtDepth(network: Network, name: string, usual: readonly string[]): string {
  const pooled = network.layers.filter(hasMap);
  const exact = pooled.find((layer) => layer.name === name);
  const inBlock = pooled.filter(
    (layer) => layer.name.startsWith(name) && /[_/.]/.test(layer.name[name.length]!),
  );
  const found = exact ?? inBlock.at(-1);
  if (found) return found.name;
  const short = usual.map((layer) => blockOf(network, layer));
  throw new UserError(
    `Expected --features to name blocks or layers of ${network.name}, such as ${short.join(', ')}, but received '${name}'.` +
      didYouMean(name, [...short, ...pooled.map((layer) => layer.name)]),
  );
}

/** The shortest name that stands for a layer. */
function blockOf(network: Network, layer: string): string {
  for (const { index } of layer.matchAll(/[_/.]/g)) {
    const block = layer.slice(0, index);
    const last = network.layers.findLast(
      ({ name, ...rest }) =>
        name.startsWith(block) &&
        /[_/.]/.test(name[block.length] ?? '') &&
        hasMap({ name, ...rest } as Layer),
    );
    if (last?.name === layer && index > 0) return block;
  }
  return layer;
}

/** Whether what a base puts out has places to pool over. */
export function hasMap({ type, shape }: Layer): boolean {
  return type !== 'input' && shape.length === 3;
}

/** Whether a base can take pictures of any size: nothing in it reads a whole map. */
export function takesAnySize(base: Network): boolean {
  return hasMap(outputOf(base)) && base.layers.every(({ type }) => type !== 'flatten' && type !== 'dense');
}
