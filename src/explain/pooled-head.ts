import {
  type BatchNormLayer,
  type DenseLayer,
  type Layer,
  layerNamed,
  type Network,
  networkUpTo,
  outputOf,
} from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';

/** A map whose channels are pooled to one value each. */
export interface PooledPart {
  /** The layer whose map it is; its shape is [height, width, channels]. */
  readonly map: Layer;
  readonly pool: 'average' | 'maximum' | { readonly power: number };
  /** Whether each picture's values are divided by their root mean square. */
  readonly normalised: boolean;
}

/**
 * A linear head on pooled features, as a network ends: maps, their pooled channels one part after the other, perhaps
 * standardised, then one dense layer to the logits (none: the features are the logits).
 */
export interface PooledHead {
  readonly parts: readonly PooledPart[];
  /** The maps of the parts, each once, in order of computation. */
  readonly maps: readonly Layer[];
  readonly standardise?: BatchNormLayer;
  readonly dense?: DenseLayer;
}

/**
 * Finds that ending by going up from the logits; undefined when the network ends in another way.
 *
 * @param network puts out logits.
 */
export function pooledHead(network: Network): PooledHead | undefined {
  const above = (layer: Layer) => layerNamed(network, layer.inputs[0]!);
  const skipDropout = (layer: Layer): Layer => (layer.type === 'dropout' ? skipDropout(above(layer)) : layer);
  let layer = skipDropout(outputOf(network));
  let dense: DenseLayer | undefined;
  let standardise: BatchNormLayer | undefined;
  if (layer.type === 'dense' && !layer.activation) {
    dense = layer;
    layer = skipDropout(above(layer));
  }
  if (layer.type === 'batchNorm' && !layer.activation) {
    standardise = layer;
    layer = skipDropout(above(layer));
  }
  const joined = layer.type === 'concatenate' && layer.shape.length === 1;
  const vectors = joined ? layer.inputs.map((name) => layerNamed(network, name)) : [layer];
  const parts = vectors.flatMap((vector) => pooledPart(vector, above, skipDropout) ?? []);
  if (parts.length < vectors.length) return undefined;
  const maps = network.layers.filter(({ name }) => parts.some(({ map }) => map.name === name));
  return { parts, maps, ...(standardise && { standardise }), ...(dense && { dense }) };
}

function pooledPart(
  vector: Layer,
  above: (layer: Layer) => Layer,
  skipDropout: (layer: Layer) => Layer,
): PooledPart | undefined {
  let layer = skipDropout(vector);
  const normalised = layer.type === 'rootMeanSquareNorm';
  if (normalised) layer = skipDropout(above(layer));
  // Caffe's networks average with a pool as large as the map, and flatten what has one place.
  if (layer.type === 'flatten') layer = skipDropout(above(layer));
  const pool = poolingOf(layer, above);
  return pool && { map: above(layer), pool, normalised };
}

/** How a layer makes one value of each channel of what it reads; undefined where it doesn't. */
function poolingOf(layer: Layer, above: (layer: Layer) => Layer): PooledPart['pool'] | undefined {
  if (layer.type === 'globalAverage') return 'average';
  if (layer.type === 'globalMaximum') return 'maximum';
  if (layer.type === 'generalisedMean') return { power: layer.power };
  if (layer.type !== 'averagePool') return undefined;
  const { top, bottom, left, right } = layer.padding;
  const whole =
    top + bottom + left + right === 0 && String(layer.kernel) === String(above(layer).shape.slice(0, 2));
  return whole ? 'average' : undefined;
}

/** The network as far as some of its maps: it puts out their values, one map after the other. */
export function networkToMaps(network: Network, maps: readonly Layer[]): Network {
  if (maps.length === 1) return networkUpTo(network, maps[0]!.name);
  const needed = new Set(
    maps.flatMap(({ name }) => networkUpTo(network, name).layers.map((one) => one.name)),
  );
  const net = NetworkBuilder.on({
    ...network,
    layers: network.layers.filter(({ name }) => needed.has(name)),
  });
  net.concatenate(
    maps.map(({ name }) => net.flatten(name, `${name}_values`)),
    'maps',
  );
  return net.build();
}
