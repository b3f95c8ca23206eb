import type { NamedTensor, Weights } from '../formats/tensors.js';
import { type Layer, layerNamed, type Network, networkUpTo, outputOf } from './network.js';
import type { Preprocessing } from './registry.js';

/** A network with its weights. */
export interface WeightedNetwork {
  readonly network: Network;
  readonly weights: Weights;
}

/** The name of the layer that `withPreprocessing` puts first. */
export const preprocessLayer = 'preprocess';

const preprocessEpsilon = 1e-6;

/**
 * The same network for plain RGB pixels, 0 to 255: its preprocessing becomes a first layer ('preprocess', a batch
 * normalisation with the means and scales as statistics), and where the weights expect blue first, the input
 * channels of the convolutions that read the picture are turned round instead of every picture.
 */
export function withPreprocessing(
  { network, weights }: WeightedNetwork,
  preprocessing: Preprocessing,
): WeightedNetwork {
  const reverse = preprocessing.channelOrder === 'BGR';
  const inRgbOrder = (values: readonly number[]) =>
    Float32Array.from(reverse ? [...values].reverse() : values);
  const channels = preprocessing.mean.length;
  const [input, ...rest] = network.layers;
  const statistics: Layer = {
    type: 'batchNorm',
    name: preprocessLayer,
    inputs: [input!.name],
    shape: input!.shape,
    epsilon: preprocessEpsilon,
  };
  const readers = rest.filter((layer) => layer.inputs.includes(input!.name));
  const layers = rest.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => (name === input!.name ? preprocessLayer : name)),
  }));
  const changed = new Map<string, NamedTensor>(weights);
  if (reverse) {
    for (const reader of readers) {
      if (reader.type !== 'convolution')
        throw new Error(`cannot turn the channels of '${reader.name}' round`);
      const name = `${reader.name}/kernel`;
      changed.set(name, reverseInputChannels(changed.get(name)!));
    }
  }
  const row = (data: Float32Array): NamedTensor => ({ shape: [channels], data });
  return {
    network: { name: network.name, layers: [input!, statistics, ...layers] },
    weights: new Map([
      [`${preprocessLayer}/gamma`, row(new Float32Array(channels).fill(1))],
      [`${preprocessLayer}/beta`, row(new Float32Array(channels))],
      [`${preprocessLayer}/mean`, row(inRgbOrder(preprocessing.mean))],
      [
        `${preprocessLayer}/variance`,
        row(inRgbOrder(preprocessing.scale).map((s) => s * s - preprocessEpsilon)),
      ],
      ...changed,
    ]),
  };
}

/**
 * The same network for pictures of `side` pixels a side, which it resizes to its own size first (layer 'resized'). One
 * that is of that size already stays as it is.
 */
export function withResizedInput({ network, weights }: WeightedNetwork, side: number): WeightedNetwork {
  const [input, ...rest] = network.layers;
  const [height, width, channels] = input!.shape as [number, number, number];
  if (height === side && width === side) return { network, weights };
  const resized: Layer = {
    type: 'resize',
    name: resizedLayer,
    inputs: [input!.name],
    shape: input!.shape,
    from: [side, side],
  };
  const layers = rest.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => (name === input!.name ? resizedLayer : name)),
  }));
  const larger: Layer = { ...input!, shape: [side, side, channels] };
  return { network: { name: network.name, layers: [larger, resized, ...layers] }, weights };
}

const resizedLayer = 'resized';

/**
 * The weights as they were before `withPreprocessing`.
 *
 * @param network without preprocessing.
 * @param weights of all of its layers.
 */
export function withoutPreprocessing(
  { network, weights }: WeightedNetwork,
  { channelOrder }: Preprocessing,
): Weights {
  if (channelOrder === 'RGB') return weights;
  const kernels = network.layers
    .filter(({ inputs }) => inputs.includes(network.layers[0]!.name))
    .map(({ name }) => `${name}/kernel`);
  const turned = kernels.map((name) => [name, reverseInputChannels(weights.get(name)!)] as const);
  return new Map([...weights, ...turned]);
}

function reverseInputChannels(kernel: NamedTensor): NamedTensor {
  const [height, width, inputs, filters] = kernel.shape as [number, number, number, number];
  const data = new Float32Array(kernel.data.length);
  for (let place = 0; place < height * width; place++) {
    for (let channel = 0; channel < inputs; channel++) {
      const from = (place * inputs + channel) * filters;
      const to = (place * inputs + (inputs - 1 - channel)) * filters;
      data.set(kernel.data.subarray(from, from + filters), to);
    }
  }
  return { shape: kernel.shape, data };
}

/**
 * The layers of `head` on top of `base`, cut after the layer named `cut`. A map is pooled to one value a channel
 * (layer 'global_average') when the head reads a vector.
 */
export function stack(base: WeightedNetwork, cut: string, head: WeightedNetwork): WeightedNetwork {
  const below = pooledAt(base.network, cut, outputOfInput(head.network).length === 1);
  const joint = outputOf(below).name;
  const headInput = head.network.layers[0]!.name;
  const above = head.network.layers.slice(1).map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => (name === headInput ? joint : name)),
  }));
  return {
    network: { name: base.network.name, layers: [...below.layers, ...above] },
    weights: new Map([...base.weights, ...head.weights]),
  };
}

function outputOfInput(network: Network) {
  return network.layers[0]!.shape;
}

/** The network up to the layer named `cut`; with `pooled` and a map there, its channels' means on top. */
export function pooledAt(network: Network, cut: string, pooled: boolean): Network {
  const below = networkUpTo(network, cut);
  const { shape } = layerNamed(below, cut);
  if (!pooled || shape.length === 1) return below;
  const average: Layer = { type: 'globalAverage', name: 'global_average', inputs: [cut], shape: [shape[2]!] };
  return { name: network.name, layers: [...below.layers, average] };
}

/** The network with probabilities instead of logits: a softmax at its end. */
export function withSoftmax(network: Network): Network {
  const last = outputOf(network);
  const softmax: Layer = {
    type: 'activation',
    name: 'probabilities',
    inputs: [last.name],
    shape: last.shape,
    activation: 'softmax',
  };
  return { name: network.name, layers: [...network.layers, softmax] };
}
