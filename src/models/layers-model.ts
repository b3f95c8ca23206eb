import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import type { Weights } from '../formats/tensors.js';
import { rootMeanSquareEpsilon } from './forward.js';
import { type Activation, type Layer, type Network, outputOf, type PoolLayer } from './network.js';
import type { Sides } from '../arithmetic/padding.js';

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
    outputs.set(
      layer.name,
      layer.type === 'input' ? tf.input({ shape: [...layer.shape], name: layer.name }) : apply(layer, inputs),
    );
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

/** What of a layer TF.js' layers have no equal of. `inputShape`: of the map that it reads. */
function obstacle(layer: Layer, inputShape: readonly number[]): string | undefined {
  switch (layer.type) {
    case 'convolution':
      if (layer.connections) return 'convolution with some connections only';
      return layer.groups > 1 ? 'convolution in groups' : undefined;
    case 'subsample':
      return 'trainable subsampling';
    case 'radialBasis':
      return 'radial basis functions';
    case 'localResponseNorm':
      return 'local response normalisation';
    case 'averagePool':
      return isPadded(layer.padding) ? 'average pooling over padding' : undefined;
    case 'maxPool':
      return isPadded(layer.padding) && !isSame(layer, inputShape)
        ? 'max pooling over padding of its own'
        : undefined;
    default:
      return undefined;
  }
}

/** Layers of which TF.js has no kind at all. */
function isForeign(
  layer: Layer,
): layer is Extract<Layer, { type: 'localResponseNorm' | 'subsample' | 'radialBasis' }> {
  return ['localResponseNorm', 'subsample', 'radialBasis'].includes(layer.type);
}

function isPadded({ top, bottom, left, right }: Sides): boolean {
  return top + bottom + left + right > 0;
}

/** Whether a window's padding is what TF.js calls 'same'. */
function isSame(
  { kernel, stride, padding }: Pick<PoolLayer, 'kernel' | 'stride' | 'padding'>,
  [height, width]: readonly (number | null)[],
): boolean {
  const { top, bottom, left, right } = padding;
  return [
    [height, kernel[0], stride[0], top, bottom],
    [width, kernel[1], stride[1], left, right],
  ].every(([size, window, step, before, after]) => {
    const total = Math.max(0, (Math.ceil(size! / step!) - 1) * step! + window! - size!);
    return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
  });
}

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

/** Kernels begin as zeros: drawing random numbers that are replaced at once takes half a second for VGG-16. */
function apply(layer: Exclude<Layer, { type: 'input' }>, inputs: SymbolicTensor[]): SymbolicTensor {
  const x = inputs[0]!;
  const { name } = layer;
  const lacking = obstacle(layer, x.shape.slice(1) as number[]);
  if (lacking || isForeign(layer)) {
    throw new UserError(
      `Layer '${name}' cannot be written as a TF.js layers model: TF.js' layers have no ${lacking}.`,
    );
  }
  const one = (result: SymbolicTensor | SymbolicTensor[]) => (Array.isArray(result) ? result[0]! : result);
  switch (layer.type) {
    case 'convolution': {
      const { input, padding } = padded(x, layer);
      const y = tf.layers
        .conv2d({
          name,
          filters: layer.filters,
          kernelSize: [...layer.kernel],
          strides: [...layer.stride],
          padding,
          useBias: layer.bias,
          kernelInitializer: 'zeros',
        })
        .apply(input);
      return activate(one(y as SymbolicTensor), layer.activation, name);
    }
    case 'depthwise': {
      const { input, padding } = padded(x, layer);
      const y = tf.layers
        .depthwiseConv2d({
          name,
          kernelSize: [...layer.kernel],
          strides: [...layer.stride],
          padding,
          depthMultiplier: 1,
          useBias: layer.bias,
          depthwiseInitializer: 'zeros',
        })
        .apply(input);
      return activate(one(y as SymbolicTensor), layer.activation, name);
    }
    case 'maxPool':
    case 'averagePool':
      return pool(layer, x);
    case 'globalAverage':
      return one(tf.layers.globalAveragePooling2d({ name }).apply(x) as SymbolicTensor);
    case 'flatten':
      return one(tf.layers.flatten({ name }).apply(x) as SymbolicTensor);
    case 'dense': {
      const y = tf.layers
        .dense({ name, units: layer.units, useBias: layer.bias, kernelInitializer: 'zeros' })
        .apply(x);
      return activate(one(y as SymbolicTensor), layer.activation, name);
    }
    case 'dropout':
      return one(tf.layers.dropout({ name, rate: layer.rate }).apply(x) as SymbolicTensor);
    case 'batchNorm': {
      const y = tf.layers.batchNormalization({ name, epsilon: layer.epsilon }).apply(x);
      return activate(one(y as SymbolicTensor), layer.activation, name);
    }
    case 'rootMeanSquareNorm':
      return rootMeanSquareNorm(x, name);
    case 'activation':
      return activate(x, layer.activation, name, true);
    case 'add':
      return activate(one(tf.layers.add({ name }).apply(inputs) as SymbolicTensor), layer.activation, name);
    case 'concatenate':
      return one(tf.layers.concatenate({ name, axis: -1 }).apply(inputs) as SymbolicTensor);
  }
}

/** 'same' where TF.js' own padding is the layer's, else zeros added by a layer of their own. */
function padded(
  x: SymbolicTensor,
  layer: Pick<PoolLayer, 'name' | 'kernel' | 'stride' | 'padding'>,
): { input: SymbolicTensor; padding: 'same' | 'valid' } {
  const { name, padding } = layer;
  if (!isPadded(padding)) return { input: x, padding: 'valid' };
  if (isSame(layer, x.shape.slice(1))) return { input: x, padding: 'same' };
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
