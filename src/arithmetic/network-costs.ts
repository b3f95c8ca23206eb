import {
  connectionCount,
  type Layer,
  layerNamed,
  layerWeights,
  type Network,
  type Shape,
  type Sides,
} from '../models/network.js';
import { sizeOf } from '../weights/tensors.js';
import { activationBytes, convolutionMultiplyAdds, denseMultiplyAdds } from './cost.js';
import { type MapField, networkReceptiveFields } from './network-receptive-fields.js';

/** A layer's numbers, for one picture. */
export interface LayerCosts {
  readonly name: string;
  readonly type: Layer['type'];
  readonly outputShape: Shape;
  /** Present where a window slides: [height, width] in pixels, steps, and the zeros added around. */
  readonly window?: {
    readonly kernel: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly padding: Sides;
    /** Filters see channels/groups of the input each. */
    readonly groups: number;
  };
  readonly receptiveField: MapField;
  /** Kernels, and a batch norm's gamma. */
  readonly weights: number;
  /** Biases, and a batch norm's beta. */
  readonly biases: number;
  /** weights + biases: what training can change. */
  readonly parameters: number;
  /** A batch norm's running mean and variance: stored, but not learned by gradient. */
  readonly statistics: number;
  readonly multiplyAdds: number;
  /** Values that the layer puts out. */
  readonly activations: number;
  /** The same as float32. */
  readonly activationBytes: number;
  /** Absent where there is nothing to train. */
  readonly state?: 'trainable' | 'frozen';
}

export interface NetworkTotals {
  readonly parameters: number;
  readonly trainable: number;
  readonly frozen: number;
  readonly statistics: number;
  readonly convolutionParameters: number;
  readonly denseParameters: number;
  readonly multiplyAdds: number;
  readonly convolutionMultiplyAdds: number;
  /** Convolutions' share of the multiply-adds, 0 to 1; 0 for a network without any. */
  readonly convolutionShare: number;
  /** Values put out by all layers together, the picture included. */
  readonly activations: number;
}

export interface NetworkCosts {
  readonly network: string;
  readonly layers: readonly LayerCosts[];
  readonly totals: NetworkTotals;
}

/**
 * Counts a network layer by layer, for one picture.
 *
 * What is counted is what the literature counts. Multiply-adds: those of convolutions (depthwise ones too) and dense
 * layers, one for each coefficient of trainable subsampling and each difference that a radial basis function squares; biases, activation functions, pools and normalisations are left out. VGG-16 so has 15.47 G, as torchvision
 * publishes. Parameters: weights and biases, without a batch norm's running statistics, as PyTorch counts.
 * Activations: one map a layer, so an activation function inside a convolution layer takes none of its own.
 *
 * @param frozen names of the layers that training leaves as they are.
 */
export function networkCosts(network: Network, frozen: ReadonlySet<string> = new Set()): NetworkCosts {
  const fields = networkReceptiveFields(network);
  const layers = network.layers.map((layer) => layerCosts(network, layer, fields.get(layer.name)!, frozen));
  return { network: network.name, layers, totals: totalsOf(layers) };
}

function layerCosts(
  network: Network,
  layer: Layer,
  receptiveField: MapField,
  frozen: ReadonlySet<string>,
): LayerCosts {
  const { weights, biases, statistics } = countWeights(network, layer);
  const parameters = weights + biases;
  return {
    name: layer.name,
    type: layer.type,
    outputShape: layer.shape,
    ...('kernel' in layer && {
      window: {
        kernel: layer.kernel,
        stride: layer.stride,
        padding: layer.padding,
        groups: 'groups' in layer ? layer.groups : 1,
      },
    }),
    receptiveField,
    weights,
    biases,
    parameters,
    statistics,
    multiplyAdds: layerMultiplyAdds(network, layer),
    activations: sizeOf(layer.shape),
    activationBytes: activationBytes(layer.shape),
    ...(parameters > 0 && { state: frozen.has(layer.name) ? 'frozen' : 'trainable' }),
  };
}

function countWeights(network: Network, layer: Layer) {
  const counts = { weights: 0, biases: 0, statistics: 0 };
  for (const { name, shape } of layerWeights(network, layer)) {
    const part = name.slice(layer.name.length + 1);
    const kind =
      part === 'bias' || part === 'beta'
        ? 'biases'
        : part === 'mean' || part === 'variance'
          ? 'statistics'
          : 'weights';
    counts[kind] += sizeOf(shape);
  }
  return counts;
}

function layerMultiplyAdds(network: Network, layer: Layer): number {
  const [height = 1, width = 1] = layer.shape;
  const inputs = layer.inputs[0] === undefined ? 0 : layerNamed(network, layer.inputs[0]).shape.at(-1)!;
  switch (layer.type) {
    case 'convolution': {
      const { kernel, filters, groups, connections } = layer;
      if (connections) return height * width * kernel[0] * kernel[1] * connectionCount(connections);
      return convolutionMultiplyAdds({ height, width }, { kernel, channels: inputs, filters, groups });
    }
    case 'depthwise': {
      const sizes = { kernel: layer.kernel, channels: inputs, filters: inputs, groups: inputs };
      return convolutionMultiplyAdds({ height, width }, sizes);
    }
    case 'subsample':
      return sizeOf(layer.shape);
    case 'dense':
      return denseMultiplyAdds({ inputs, units: layer.units });
    case 'radialBasis':
      return denseMultiplyAdds({ inputs, units: layer.prototypes.length });
    default:
      return 0;
  }
}

function totalsOf(layers: readonly LayerCosts[]): NetworkTotals {
  const total = (count: (layer: LayerCosts) => number) =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  const isConvolution = ({ type }: LayerCosts) => type === 'convolution' || type === 'depthwise';
  const multiplyAdds = total((layer) => layer.multiplyAdds);
  const inConvolutions = total((layer) => (isConvolution(layer) ? layer.multiplyAdds : 0));
  return {
    parameters: total((layer) => layer.parameters),
    trainable: total((layer) => (layer.state === 'trainable' ? layer.parameters : 0)),
    frozen: total((layer) => (layer.state === 'frozen' ? layer.parameters : 0)),
    statistics: total((layer) => layer.statistics),
    convolutionParameters: total((layer) => (isConvolution(layer) ? layer.parameters : 0)),
    denseParameters: total((layer) => (layer.type === 'dense' ? layer.parameters : 0)),
    multiplyAdds,
    convolutionMultiplyAdds: inConvolutions,
    convolutionShare: multiplyAdds === 0 ? 0 : inConvolutions / multiplyAdds,
    activations: total((layer) => layer.activations),
  };
}
