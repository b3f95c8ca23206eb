import type { WeightedNetwork } from '../../src/models/compose.js';
import type { Layer, Network, Shape } from '../../src/models/network.js';
import { type ModelSpec, modelSpec } from '../../src/models/registry.js';
import { madeUp } from './exported-networks.js';

/** What becomes of a number of channels: even, for convolutions in two groups. */
const few = (channels: number) => 2 * Math.ceil(channels / 64);

/** A network of the registry with its own classifier, slimmed, on smaller pictures where it takes them. */
export function slimRegistered(name: string): WeightedNetwork {
  const network = slimmed(small(modelSpec(name)));
  return { network, weights: madeUp(network) };
}

function small({ build, inputShape }: ModelSpec): Network {
  try {
    return build({ classes: 5, inputShape: [75, 75, inputShape[2]] });
  } catch {
    return build({ classes: 5 });
  }
}

/**
 * The same layers with a thirty-second of their channels, so that a network of the registry is written in no time. Left as
 * they are: networks with prototypes or connections, whose numbers are part of them and which are small.
 */
export function slimmed(network: Network): Network {
  if (network.layers.some((layer) => layer.type === 'radialBasis' || 'connections' in layer)) return network;
  const shapes = new Map<string, Shape>();
  const layers = network.layers.map((layer) => {
    const made = slim(
      layer,
      layer.inputs.map((name) => shapes.get(name)!),
    );
    shapes.set(layer.name, made.shape);
    return made;
  });
  return { name: network.name, layers };
}

function slim(layer: Layer, inputs: readonly Shape[]): Layer {
  const channels = inputs[0]?.at(-1) ?? 0;
  const place = layer.shape.slice(0, -1);
  switch (layer.type) {
    case 'input':
      return layer;
    case 'convolution': {
      const filters = few(layer.filters);
      return { ...layer, filters, shape: [...place, filters] };
    }
    case 'dense': {
      const units = few(layer.units);
      return { ...layer, units, shape: [units] };
    }
    case 'flatten':
      return { ...layer, shape: [inputs[0]!.reduce((product, side) => product * side, 1)] };
    case 'concatenate':
      return { ...layer, shape: [...place, inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)] };
    default:
      return { ...layer, shape: [...place, channels] };
  }
}
