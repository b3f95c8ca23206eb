import type { NamedTensor, Weights } from '../formats/tensors.js';
import { type LayerTable, perform } from './layer-table.js';
import { connectionCount, type Layer, layerNamed, type Network, type Shape } from './network.js';

/** A tensor that a network learns or has learned. */
export interface WeightShape {
  /** `block1_conv1/kernel`. */
  readonly name: string;
  readonly shape: Shape;
}

/** The names and shapes of a layer's weights, in the order kernel, bias. */
export function layerWeights(network: Network, layer: Layer): WeightShape[] {
  const input = layer.inputs[0] === undefined ? [] : layerNamed(network, layer.inputs[0]).shape;
  const parts = perform(partsOf, layer, input.at(-1) ?? 0);
  return Object.entries(parts).map(([part, shape]) => ({ name: `${layer.name}/${part}`, shape }));
}

type Parts = Readonly<Record<string, Shape>>;
const none = (): Parts => ({});

/** Given the channels, or values, of what the layer reads. */
const partsOf: LayerTable<[channels: number], Parts> = {
  input: none,
  convolution: ({ kernel, connections, filters, groups, bias }, channels) => {
    const sides = connections ? [connectionCount(connections)] : [channels / groups, filters];
    return { kernel: [...kernel, ...sides], ...(bias && { bias: [filters] }) };
  },
  depthwise: ({ kernel, bias }, channels) => ({
    kernel: [...kernel, channels, 1],
    ...(bias && { bias: [channels] }),
  }),
  subsample: (_, channels) => ({ coefficient: [channels], bias: [channels] }),
  maxPool: none,
  averagePool: none,
  globalAverage: none,
  globalMaximum: none,
  generalisedMean: none,
  flatten: none,
  dense: ({ units, bias }, channels) => ({ kernel: [channels, units], ...(bias && { bias: [units] }) }),
  radialBasis: none,
  dropout: none,
  batchNorm: (_, channels) => ({
    gamma: [channels],
    beta: [channels],
    mean: [channels],
    variance: [channels],
  }),
  localResponseNorm: none,
  rootMeanSquareNorm: none,
  activation: none,
  add: none,
  resize: none,
  concatenate: none,
};

/** The names and shapes of all of a network's weights, in order of computation. */
export function networkWeights(network: Network): WeightShape[] {
  return network.layers.flatMap((layer) => layerWeights(network, layer));
}

/** How many numbers the network learns or has learned. */
export function parameterCount(network: Network): number {
  return networkWeights(network).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Of some weights those that are a network's own, in order of computation. */
export function ownWeights(network: Network, weights: Weights): Map<string, NamedTensor> {
  return new Map(networkWeights(network).map(({ name }) => [name, weights.get(name)!]));
}
