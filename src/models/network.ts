/**
 * A network as data: a list of layers in order of computation, each naming the layers it reads.
 *
 * Everything else is derived from this list: the forward pass (forward.ts), output shapes, parameter counts,
 * the summary table, where to cut between frozen and trained layers, the int8 graph and the exported files.
 * A model file (vgg.ts, lenet5.ts …) writes it down with a NetworkBuilder, top to bottom.
 */
import type { Sides } from '../arithmetic/padding.js';

/** The dimensions of one example, without the batch: [height, width, channels] or [units]. */
export type Shape = readonly number[];

export type Activation = 'relu' | 'relu6' | 'sigmoid' | 'tanh' | 'scaledTanh' | 'softmax';

/**
 * `valid`: none; `same`: TensorFlow's (output = ceil(input / stride), the odd pixel at bottom and right);
 * a number: that many on every side, as Caffe and PyTorch count.
 */
export type Padding = 'valid' | 'same' | number;

/** For each filter of a convolution a row with a 1 for every input channel that it reads, 0 for the others. */
export type Connections = readonly (readonly (0 | 1)[])[];

interface LayerBase {
  readonly name: string;
  /** Names of the layers that this one reads. */
  readonly inputs: readonly string[];
  /** What it puts out. */
  readonly shape: Shape;
}

interface Window {
  /** Height and width in pixels. */
  readonly kernel: readonly [number, number];
  /** Step down and across in pixels. */
  readonly stride: readonly [number, number];
  readonly padding: Sides;
}

export interface InputLayer extends LayerBase {
  readonly type: 'input';
}
/**
 * Weights: kernel [height, width, input channels / groups, filters], bias [filters]. Where filters read only some of
 * the channels, the kernel is [height, width, connections]: those of the first filter, then of the next.
 */
export interface ConvolutionLayer extends LayerBase, Window {
  readonly type: 'convolution';
  readonly filters: number;
  readonly groups: number;
  /** Which channels each filter reads; all of them where this is left out. */
  readonly connections?: Connections;
  readonly bias: boolean;
  readonly activation?: Activation;
}
/** One filter for each channel. Weights: kernel [height, width, channels, 1], bias [channels]. */
export interface DepthwiseLayer extends LayerBase, Window {
  readonly type: 'depthwise';
  readonly bias: boolean;
  readonly activation?: Activation;
}
/**
 * LeNet-5's trainable pooling: the sum of each window times a coefficient, plus a bias, then the activation.
 * Weights: coefficient [channels], bias [channels].
 */
export interface SubsampleLayer extends LayerBase, Window {
  readonly type: 'subsample';
  readonly activation?: Activation;
}
export interface MaxPoolLayer extends LayerBase, Window {
  readonly type: 'maxPool';
}
export interface AveragePoolLayer extends LayerBase, Window {
  readonly type: 'averagePool';
}
export type PoolLayer = MaxPoolLayer | AveragePoolLayer;
/** The mean of each channel over the map: [height, width, channels] → [channels]. */
export interface GlobalAverageLayer extends LayerBase {
  readonly type: 'globalAverage';
}
/** The largest value of each channel over the map: [height, width, channels] → [channels]. */
export interface GlobalMaximumLayer extends LayerBase {
  readonly type: 'globalMaximum';
}
/**
 * The generalised mean of each channel over the map, (mean of x^power)^(1/power), values below 1e-6 counting as that:
 * [height, width, channels] → [channels]. Between the mean (power 1) and the maximum (power ∞): Radenović, Tolias &
 * Chum, "Fine-tuning CNN Image Retrieval with No Human Annotation", 2018, section 3.2.
 */
export interface GeneralisedMeanLayer extends LayerBase {
  readonly type: 'generalisedMean';
  /** A whole number of 2 or more. */
  readonly power: number;
}
/** [height, width, channels] → [height · width · channels], channels changing fastest. */
export interface FlattenLayer extends LayerBase {
  readonly type: 'flatten';
}
/** Weights: kernel [inputs, units], bias [units]. */
export interface DenseLayer extends LayerBase {
  readonly type: 'dense';
  readonly units: number;
  readonly bias: boolean;
  readonly activation?: Activation;
}
/**
 * Euclidean radial basis functions: minus the squared distance between the input and each unit's prototype, so that
 * the nearest is the largest, as of logits. The prototypes are fixed and so part of the network, not of its weights.
 */
export interface RadialBasisLayer extends LayerBase {
  readonly type: 'radialBasis';
  /** One row of as many values as the input for each unit. */
  readonly prototypes: readonly (readonly number[])[];
}
/** Zeroes a share of its inputs while training and scales the rest up; does nothing otherwise. */
export interface DropoutLayer extends LayerBase {
  readonly type: 'dropout';
  readonly rate: number;
}
/** Weights: gamma, beta, mean, variance, each [channels]. */
export interface BatchNormLayer extends LayerBase {
  readonly type: 'batchNorm';
  readonly epsilon: number;
  readonly activation?: Activation;
}
/** AlexNet's local response normalisation across channels (section 3.3 of the paper). */
export interface LocalResponseNormLayer extends LayerBase {
  readonly type: 'localResponseNorm';
  /** Channels looked at on each side. */
  readonly depthRadius: number;
  readonly bias: number;
  /** Per channel: Caffe's and PyTorch's alpha divided by the window's size. */
  readonly alpha: number;
  readonly beta: number;
}
/** Divides each example by its root mean square over all its values, so only the pattern counts, not the contrast. */
export interface RootMeanSquareNormLayer extends LayerBase {
  readonly type: 'rootMeanSquareNorm';
}
export interface ActivationLayer extends LayerBase {
  readonly type: 'activation';
  readonly activation: Activation;
}
export interface AddLayer extends LayerBase {
  readonly type: 'add';
  readonly activation?: Activation;
}
/**
 * A map at another size, linear between the centres of its places and, where it gets smaller, with a triangle filter as
 * wide as the reduction: what pictures are resized by, see `resizeMatrix`.
 */
export interface ResizeLayer extends LayerBase {
  readonly type: 'resize';
  /** The size of the map that it reads. */
  readonly from: readonly [height: number, width: number];
}
/** Joins maps along their channels, or vectors one after the other. */
export interface ConcatenateLayer extends LayerBase {
  readonly type: 'concatenate';
}

export type Layer =
  | InputLayer
  | ConvolutionLayer
  | DepthwiseLayer
  | SubsampleLayer
  | PoolLayer
  | GlobalAverageLayer
  | GlobalMaximumLayer
  | GeneralisedMeanLayer
  | FlattenLayer
  | DenseLayer
  | RadialBasisLayer
  | DropoutLayer
  | BatchNormLayer
  | LocalResponseNormLayer
  | RootMeanSquareNormLayer
  | ActivationLayer
  | AddLayer
  | ResizeLayer
  | ConcatenateLayer;

/** [height, width, channels] of one picture. */
export type InputShape = readonly [height: number, width: number, channels: number];

/** What the families of networks for photographs take. */
export interface BaseOptions {
  readonly classes?: number;
  /** With the network's own classifier. Default true. */
  readonly includeTop?: boolean;
  readonly inputShape?: InputShape;
}

export interface Network {
  readonly name: string;
  /** First the input layer, then every layer after those it reads; the last one is the output. */
  readonly layers: readonly Layer[];
}

/** The layer of that name; throws when there is none. */
export function layerNamed(network: Network, name: string): Layer {
  const layer = network.layers.find((candidate) => candidate.name === name);
  if (!layer) throw new Error(`${network.name} has no layer named '${name}'`);
  return layer;
}

export function inputOf(network: Network): Layer {
  return network.layers[0]!;
}

export function outputOf(network: Network): Layer {
  return network.layers.at(-1)!;
}

/** How many pairs of a channel and a filter are connected. */
export function connectionCount(connections: Connections): number {
  return connections.flat().filter(Boolean).length;
}

/** The part of a network that computes the layer named `last`: that layer and all that it needs. */
export function networkUpTo(network: Network, last: string): Network {
  const needed = layersUpTo(network.layers, layerNamed(network, last).name);
  return { name: network.name, layers: network.layers.filter((layer) => needed.has(layer.name)) };
}

/** The names of a layer and of all that it needs, among layers in order of computation. */
export function layersUpTo(
  layers: readonly { readonly name: string; readonly inputs: readonly string[] }[],
  last: string,
): Set<string> {
  const needed = new Set([last]);
  for (const layer of [...layers].reverse()) {
    if (needed.has(layer.name)) for (const input of layer.inputs) needed.add(input);
  }
  return needed;
}

/**
 * The part of a network after the layer named `cut`, which becomes its input.
 * Throws when a later layer also reads something from before the cut.
 */
export function networkAfter(network: Network, cut: string): Network {
  const boundary = layerNamed(network, cut);
  const before = new Set(networkUpTo(network, cut).layers.map((layer) => layer.name));
  const after = network.layers.filter((layer) => !before.has(layer.name));
  for (const layer of after) {
    const leak = layer.inputs.find((input) => before.has(input) && input !== cut);
    if (leak) throw new Error(`cannot cut ${network.name} at '${cut}': '${layer.name}' also reads '${leak}'`);
  }
  const input: InputLayer = { type: 'input', name: cut, inputs: [], shape: boundary.shape };
  return { name: network.name, layers: [input, ...after] };
}
