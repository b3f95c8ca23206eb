import type { Network, Shape } from '../models/network.js';
import { sizeOf } from '../formats/tensors.js';
import { activationBytes } from '../arithmetic/cost.js';
import { type CountableLayer, countableLayers, type SlidingWindow } from './countable-layer.js';
import { layerReceptiveFields, type MapField } from './network-receptive-fields.js';

/** A layer's numbers, for one picture. `Unknown` is null for layers from a file, of which not all need be known. */
export interface LayerCosts<Unknown = never> {
  readonly name: string;
  readonly type: string;
  readonly outputShape: Shape | Unknown;
  /** Present where a window slides. */
  readonly window?: SlidingWindow;
  readonly receptiveField: MapField | Unknown;
  /** Kernels, and a batch norm's gamma. */
  readonly weights: number;
  /** Biases, and a batch norm's beta. */
  readonly biases: number;
  /** weights + biases: what training can change. */
  readonly parameters: number;
  /** A batch norm's running mean and variance: stored, but not learned by gradient. */
  readonly statistics: number;
  readonly multiplyAdds: number | Unknown;
  /** Values that the layer puts out. */
  readonly activations: number | Unknown;
  /** The same as float32. */
  readonly activationBytes: number | Unknown;
  /** Absent where there is nothing to train. */
  readonly state?: 'trainable' | 'frozen';
}

export interface NetworkTotals<Unknown = never> {
  readonly parameters: number;
  readonly trainable: number;
  readonly frozen: number;
  readonly statistics: number;
  readonly convolutionParameters: number;
  readonly denseParameters: number;
  /** Of the layers whose multiply-adds are known. */
  readonly multiplyAdds: number;
  /** The layers that multiplyAdds leaves out: how many each takes is not known. */
  readonly uncounted: readonly string[];
  readonly convolutionMultiplyAdds: number;
  /** Convolutions' share of the multiply-adds, 0 to 1; 0 for a network without any. */
  readonly convolutionShare: number;
  /** Values put out by all layers together, the picture included. */
  readonly activations: number | Unknown;
}

export interface NetworkCosts<Unknown = never> {
  readonly network: string;
  readonly layers: readonly LayerCosts<Unknown>[];
  readonly totals: NetworkTotals<Unknown>;
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
  // Of a network built here everything is known.
  return layersCosts(network.name, countableLayers(network), frozen) as NetworkCosts;
}

/** The same for layers of any origin. */
export function layersCosts(
  network: string,
  layers: readonly CountableLayer[],
  frozen: ReadonlySet<string>,
): NetworkCosts<null> {
  const fields = layerReceptiveFields(layers);
  const costs = layers.map((layer) => layerCosts(layer, fields.get(layer.name) ?? null, frozen));
  return { network, layers: costs, totals: totalsOf(costs) };
}

function layerCosts(
  layer: CountableLayer,
  receptiveField: MapField | null,
  frozen: ReadonlySet<string>,
): LayerCosts<null> {
  const { name, type, shape, window, weights, biases, statistics, multiplyAdds } = layer;
  const parameters = weights + biases;
  return {
    name,
    type,
    outputShape: shape,
    ...(window && { window }),
    receptiveField,
    weights,
    biases,
    parameters,
    statistics,
    multiplyAdds,
    activations: shape && sizeOf(shape),
    activationBytes: shape && activationBytes(shape),
    ...(parameters > 0 && { state: frozen.has(name) ? 'frozen' : 'trainable' }),
  };
}

const convolutions: ReadonlySet<string> = new Set([
  'convolution',
  'depthwise',
  'separableConvolution',
  'transposedConvolution',
]);

function totalsOf(layers: readonly LayerCosts<null>[]): NetworkTotals<null> {
  const total = (count: (layer: LayerCosts<null>) => number) =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  const isConvolution = ({ type }: LayerCosts<null>) => convolutions.has(type);
  const multiplyAdds = total((layer) => layer.multiplyAdds ?? 0);
  const inConvolutions = total((layer) => (isConvolution(layer) ? (layer.multiplyAdds ?? 0) : 0));
  return {
    parameters: total((layer) => layer.parameters),
    trainable: total((layer) => (layer.state === 'trainable' ? layer.parameters : 0)),
    frozen: total((layer) => (layer.state === 'frozen' ? layer.parameters : 0)),
    statistics: total((layer) => layer.statistics),
    convolutionParameters: total((layer) => (isConvolution(layer) ? layer.parameters : 0)),
    denseParameters: total((layer) => (layer.type === 'dense' ? layer.parameters : 0)),
    multiplyAdds,
    uncounted: layers.filter((layer) => layer.multiplyAdds === null).map(({ name }) => name),
    convolutionMultiplyAdds: inConvolutions,
    convolutionShare: multiplyAdds === 0 ? 0 : inConvolutions / multiplyAdds,
    activations: layers.some((layer) => layer.activations === null)
      ? null
      : total((layer) => layer.activations!),
  };
}
