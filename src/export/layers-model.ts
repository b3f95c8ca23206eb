import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import type { Weights } from '../formats/tensors.js';
import { rootMeanSquareEpsilon } from '../models/forward.js';
import { type LayerTable, perform } from '../models/layer-table.js';
import { type Activation, type Layer, type Network, outputOf, type PoolLayer } from '../models/network.js';
import { isPadded, isSamePadding } from '../models/same-padding.js';

/**
 * The network as a TF.js layers model, so that what was trained here loads in plain TF.js, in a browser too.
 * Layers keep their names. Only standard layers are used.
 *
 * The caller disposes of the model.
 *
 * @throws UserError for layers that TF.js' layers have no equal of (local response normalisation, groups …).
 */
export function toLayersModel(network: Network, weights: Weights): LayersModel {
  const outputs = new Map<string, SymbolicTensor>();
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    outputs.set(layer.name, apply(layer, inputs));
  }
  const model = tf.model({
    name: network.name,
    inputs: outputs.get(network.layers[0]!.name)!,
    outputs: outputs.get(outputOf(network).name)!,
  });
  for (const layer of network.layers) setWeights(model, layer, weights);
  return model;
}

/** Whether `toLayersModel` can write the network. */
export function fitsLayersModel(network: Network): boolean {
  return network.layers.every((layer) => {
    const input = network.layers.find(({ name }) => name === layer.inputs[0]);
    return obstacle(layer, input?.shape ?? []) === undefined;
  });
}

/** What of a layer TF.js' layers have no equal of, if anything. `inputShape`: of the map that it reads. */
function obstacle(layer: Layer, inputShape: readonly number[]): string | undefined {
  return perform(obstacleOf, layer, inputShape);
}

const none = () => undefined;

const obstacleOf: LayerTable<[inputShape: readonly number[]], string | undefined> = {
  input: none,
  convolution: ({ connections, groups }) => {
    if (connections) return 'convolution with some connections only';
    return groups > 1 ? 'convolution in groups' : undefined;
  },
  depthwise: none,
  subsample: () => 'trainable subsampling',
  maxPool: (layer, inputShape) =>
    isPadded(layer.padding) && !isSamePadding(layer, inputShape)
      ? 'max pooling over padding of its own'
      : undefined,
  averagePool: ({ padding }) => (isPadded(padding) ? 'average pooling over padding' : undefined),
  globalAverage: none,
  globalMaximum: none,
  generalisedMean: () => 'generalised mean',
  flatten: none,
  dense: none,
  radialBasis: () => 'radial basis functions',
  dropout: none,
  batchNorm: none,
  localResponseNorm: () => 'local response normalisation',
  rootMeanSquareNorm: none,
  activation: none,
  add: none,
  resize: () => 'antialiased resizing',
  concatenate: none,
};

/** The parts of a layer's weights in the order in which TF.js layers keep them. */
const weightParts: Partial<Record<Layer['type'], readonly string[]>> = {
  convolution: ['kernel', 'bias'],
  depthwise: ['kernel', 'bias'],
  dense: ['kernel', 'bias'],
  batchNorm: ['gamma', 'beta', 'mean', 'variance'],
};

function setWeights(model: LayersModel, layer: Layer, weights: Weights): void {
  const tensors = (weightParts[layer.type] ?? []).flatMap((part): Tensor[] => {
    const tensor = weights.get(`${layer.name}/${part}`);
    return tensor ? [tf.tensor(tensor.data, [...tensor.shape])] : [];
  });
  if (tensors.length > 0) model.getLayer(layer.name).setWeights(tensors);
  tf.dispose(tensors);
  if (layer.type === 'rootMeanSquareNorm') {
    tf.tidy(() => {
      model.getLayer(`${layer.name}_signs`).setWeights([tf.tensor3d([1, -1], [1, 1, 2])]);
      model.getLayer(`${layer.name}_first`).setWeights([tf.tensor3d([1, 0], [1, 2, 1])]);
    });
  }
}

function apply(layer: Layer, inputs: SymbolicTensor[]): SymbolicTensor {
  const x = inputs[0];
  const lacking = obstacle(layer, (x?.shape.slice(1) ?? []) as number[]);
  if (lacking) {
    throw new UserError(
      `Layer '${layer.name}' cannot be written as a TF.js layers model: TF.js' layers have no ${lacking}.`,
    );
  }
  return perform(kerasLayerOf, layer, x!, inputs);
}

/** What `obstacleOf` refuses whatever its settings. */
const refused = (layer: Layer): never => {
  throw new Error(`TF.js' layers have no ${layer.type}`);
};

/** Kernels begin as zeros: drawing random numbers that are replaced at once takes half a second for VGG-16. */
const kerasLayerOf: LayerTable<[x: SymbolicTensor, inputs: SymbolicTensor[]], SymbolicTensor> = {
  input: ({ name, shape }) => tf.input({ shape: [...shape], name }),
  convolution: (layer, x) => {
    const { name, filters, kernel, stride, bias, activation } = layer;
    const { input, padding } = padded(x, layer);
    const convolution = tf.layers.conv2d({
      name,
      filters,
      kernelSize: [...kernel],
      strides: [...stride],
      padding,
      useBias: bias,
      kernelInitializer: 'zeros',
    });
    return activate(one(convolution.apply(input)), activation, name);
  },
  depthwise: (layer, x) => {
    const { name, kernel, stride, bias, activation } = layer;
    const { input, padding } = padded(x, layer);
    const convolution = tf.layers.depthwiseConv2d({
      name,
      kernelSize: [...kernel],
      strides: [...stride],
      padding,
      depthMultiplier: 1,
      useBias: bias,
      depthwiseInitializer: 'zeros',
    });
    return activate(one(convolution.apply(input)), activation, name);
  },
  subsample: refused,
  maxPool: (layer, x) => pool(layer, x),
  averagePool: (layer, x) => pool(layer, x),
  globalAverage: ({ name }, x) => one(tf.layers.globalAveragePooling2d({ name }).apply(x)),
  globalMaximum: ({ name }, x) => one(tf.layers.globalMaxPooling2d({ name }).apply(x)),
  generalisedMean: refused,
  flatten: ({ name }, x) => one(tf.layers.flatten({ name }).apply(x)),
  dense: ({ name, units, bias, activation }, x) => {
    const dense = tf.layers.dense({ name, units, useBias: bias, kernelInitializer: 'zeros' });
    return activate(one(dense.apply(x)), activation, name);
  },
  radialBasis: refused,
  dropout: ({ name, rate }, x) => one(tf.layers.dropout({ name, rate }).apply(x)),
  batchNorm: ({ name, epsilon, activation }, x) =>
    activate(one(tf.layers.batchNormalization({ name, epsilon }).apply(x)), activation, name),
  localResponseNorm: refused,
  rootMeanSquareNorm: ({ name }, x) => rootMeanSquareNorm(x, name),
  activation: ({ name, activation }, x) => activate(x, activation, name, true),
  add: ({ name, activation }, _, inputs) =>
    activate(one(tf.layers.add({ name }).apply(inputs)), activation, name),
  resize: refused,
  concatenate: ({ name }, _, inputs) => one(tf.layers.concatenate({ name, axis: -1 }).apply(inputs)),
};

function one(result: unknown): SymbolicTensor {
  return (Array.isArray(result) ? result[0] : result) as SymbolicTensor;
}

/** 'same' where TF.js' own padding is the layer's, else zeros added by a layer of their own. */
function padded(
  x: SymbolicTensor,
  layer: Pick<PoolLayer, 'name' | 'kernel' | 'stride' | 'padding'>,
): { input: SymbolicTensor; padding: 'same' | 'valid' } {
  const { name, padding } = layer;
  if (!isPadded(padding)) return { input: x, padding: 'valid' };
  if (isSamePadding(layer, x.shape.slice(1))) return { input: x, padding: 'same' };
  const { top, bottom, left, right } = padding;
  const zeros = tf.layers.zeroPadding2d({
    name: `${name}_pad`,
    padding: [
      [top, bottom],
      [left, right],
    ],
  });
  return { input: zeros.apply(x) as SymbolicTensor, padding: 'valid' };
}

function pool(layer: PoolLayer, x: SymbolicTensor): SymbolicTensor {
  const { name, type, kernel, stride } = layer;
  const { input, padding } = padded(x, layer);
  const options = {
    name,
    poolSize: [...kernel] as [number, number],
    strides: [...stride] as [number, number],
    padding,
  };
  const made = type === 'maxPool' ? tf.layers.maxPooling2d(options) : tf.layers.averagePooling2d(options);
  return made.apply(input) as SymbolicTensor;
}

/**
 * x / rms(x) out of standard layers: layer normalisation of the pairs (x, −x) has mean 0 and variance mean(x²), and
 * a 1×1 convolution takes the first of each pair.
 */
function rootMeanSquareNorm(x: SymbolicTensor, name: string): SymbolicTensor {
  const size = x.shape.at(-1)!;
  const column = tf.layers
    .reshape({ name: `${name}_column`, targetShape: [size, 1] })
    .apply(x) as SymbolicTensor;
  const signs = tf.layers.conv1d({
    name: `${name}_signs`,
    filters: 2,
    kernelSize: 1,
    useBias: false,
    trainable: false,
  });
  const pairs = signs.apply(column) as SymbolicTensor;
  const flat = tf.layers
    .reshape({ name: `${name}_pairs`, targetShape: [2 * size] })
    .apply(pairs) as SymbolicTensor;
  const normalised = tf.layers
    .layerNormalization({ name, epsilon: rootMeanSquareEpsilon, center: false, scale: false })
    .apply(flat) as SymbolicTensor;
  const split = tf.layers
    .reshape({ name: `${name}_split`, targetShape: [size, 2] })
    .apply(normalised) as SymbolicTensor;
  const first = tf.layers.conv1d({
    name: `${name}_first`,
    filters: 1,
    kernelSize: 1,
    useBias: false,
    trainable: false,
  });
  const half = first.apply(split) as SymbolicTensor;
  return tf.layers.reshape({ name: `${name}_row`, targetShape: [size] }).apply(half) as SymbolicTensor;
}

function activate(
  x: SymbolicTensor,
  activation: Activation | undefined,
  name: string,
  own = false,
): SymbolicTensor {
  const layerName = own ? name : `${name}_${activation}`;
  switch (activation) {
    case undefined:
      return x;
    case 'relu6':
      return tf.layers.reLU({ name: layerName, maxValue: 6 }).apply(x) as SymbolicTensor;
    case 'scaledTanh': {
      const scaled = tf.layers.rescaling({ name: `${name}_scale`, scale: 2 / 3 }).apply(x) as SymbolicTensor;
      const squashed = tf.layers.activation({ name: layerName, activation: 'tanh' }).apply(scaled);
      return tf.layers
        .rescaling({ name: `${name}_amplitude`, scale: 1.7159 })
        .apply(squashed) as SymbolicTensor;
    }
    default:
      return tf.layers.activation({ name: layerName, activation }).apply(x) as SymbolicTensor;
  }
}
