import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { resizeMatrix } from '../arithmetic/resize-matrix.js';
import { connectionMatrix } from './connections.js';
import { type LayerTable, perform } from './layer-table.js';
import type {
  Activation,
  ConvolutionLayer,
  Layer,
  Network,
  PoolLayer,
  RadialBasisLayer,
  SubsampleLayer,
} from './network.js';
import type { Sides } from '../arithmetic/padding.js';

/** A network's weights as tensors or variables, by name (`block1_conv1/kernel`). */
export type Parameters = ReadonlyMap<string, Tensor>;

export interface ForwardOptions {
  /** Present while training: how to drop units. Absent: dropout does nothing. */
  dropout?: (x: Tensor, rate: number, layerIndex: number) => Tensor;
  /** How to normalise by the batch's own statistics. Absent: the stored mean and variance are used. */
  normaliseBatch?: (x: Tensor4D, gamma: Tensor1D, beta: Tensor1D, epsilon: number, layer: string) => Tensor;
  /** What layers put out that are not to be computed, by name: the network goes on from there. */
  given?: ReadonlyMap<string, Tensor>;
  /** How a rectifier computes, for gradients of another kind. Absent: as TensorFlow does. */
  rectify?: (x: Tensor, activation: 'relu' | 'relu6') => Tensor;
}

/**
 * Runs a network on a batch with TF.js ops.
 *
 * @param batch float32, [batch, ...input shape], already preprocessed as the weights want it.
 * @returns the output of the last layer, [batch, ...output shape]. Intermediate tensors are disposed of.
 */
export function forward(
  network: Network,
  parameters: Parameters,
  batch: Tensor,
  options: ForwardOptions = {},
): Tensor {
  return tf.tidy(() => {
    const outputs = run(network, parameters, batch, options);
    return outputs.get(network.layers.at(-1)!.name)!;
  });
}

/** As `forward`, but returns the outputs of the layers named in `taps`, by name. */
export function forwardTaps(
  network: Network,
  parameters: Parameters,
  batch: Tensor,
  taps: readonly string[],
): Map<string, Tensor> {
  const kept = tf.tidy(() => {
    const outputs = run(network, parameters, batch, {});
    return taps.map((tap) => outputs.get(tap) ?? missingTap(network, tap));
  });
  return new Map(taps.map((tap, i) => [tap, kept[i]!]));
}

/** LeCun's f(a) = 1.7159 tanh(2a/3) (LeCun et al. 1998, appendix A). */
export const scaledTanh = { inner: 2 / 3, outer: 1.7159 } as const;

/** Keeps an example of zeros from becoming NaN. */
export const rootMeanSquareEpsilon = 1e-6;

/** What a value at least counts as in a generalised mean, as published: a root's gradient at 0 is infinite. */
export const generalisedMeanFloor = 1e-6;

function missingTap(network: Network, tap: string): never {
  throw new Error(`${network.name} has no layer named '${tap}'`);
}

function run(network: Network, parameters: Parameters, batch: Tensor, options: ForwardOptions) {
  const outputs = new Map<string, Tensor>();
  for (const [index, layer] of network.layers.entries()) {
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    outputs.set(
      layer.name,
      options.given?.get(layer.name) ??
        (layer.type === 'input' ? batch : apply(layer, index, inputs, parameters, options)),
    );
  }
  return outputs;
}

/** What one layer of the forward pass has at hand. */
interface Step {
  readonly inputs: readonly Tensor[];
  /** The first input. */
  readonly x: Tensor;
  /** Of the layer in its network. */
  readonly index: number;
  weight(part: string): Tensor;
  readonly options: ForwardOptions;
}

function apply(
  layer: Layer,
  index: number,
  inputs: readonly Tensor[],
  parameters: Parameters,
  options: ForwardOptions,
): Tensor {
  const weight = (part: string) => {
    const tensor = parameters.get(`${layer.name}/${part}`);
    if (!tensor) throw new Error(`no weights named '${layer.name}/${part}'`);
    return tensor;
  };
  return perform(forwardOf, layer, { inputs, x: inputs[0]!, index, weight, options });
}

const forwardOf: LayerTable<[Step], Tensor> = {
  input: (_, { x }) => x,
  convolution: (layer, { x, weight, options }) => {
    const kernel = withAllConnections(weight('kernel'), layer) as Tensor4D;
    return finish(convolve(x as Tensor4D, kernel, layer), layer, weight, options);
  },
  depthwise: (layer, { x, weight, options }) => {
    const padded = pad(x as Tensor4D, layer.padding, 0);
    const kernel = weight('kernel') as Tensor4D;
    return finish(tf.depthwiseConv2d(padded, kernel, [...layer.stride], 'valid'), layer, weight, options);
  },
  subsample: (layer, { x, weight, options }) => {
    return activate(
      subsample(x as Tensor4D, weight('coefficient'), weight('bias'), layer),
      layer.activation,
      options,
    );
  },
  maxPool: (layer, { x }) => maxPool(x as Tensor4D, layer),
  averagePool: ({ padding, kernel, stride }, { x }) =>
    tf.avgPool(pad(x as Tensor4D, padding, 0), [...kernel], [...stride], 'valid'),
  globalAverage: (_, { x }) => tf.mean(x, [1, 2]),
  globalMaximum: (_, { x }) => tf.max(x, [1, 2]),
  generalisedMean: ({ power }, { x }) => {
    const values = tf.maximum(x, generalisedMeanFloor);
    let raised = values;
    for (let i = 1; i < power; i++) raised = tf.mul(raised, values);
    return tf.pow(tf.mean(raised, [1, 2]), 1 / power);
  },
  flatten: (layer, { x }) => tf.reshape(x, [x.shape[0]!, layer.shape[0]!]),
  dense: (layer, { x, weight, options }) =>
    finish(tf.matMul(x as Tensor2D, weight('kernel') as Tensor2D), layer, weight, options),
  radialBasis: (layer, { x }) => radialBasis(x as Tensor2D, layer),
  dropout: (layer, { x, index, options }) => (options.dropout ? options.dropout(x, layer.rate, index) : x),
  batchNorm: (layer, { x, weight, options }) => {
    const map = x as Tensor4D;
    const [gamma, beta] = [weight('gamma') as Tensor1D, weight('beta') as Tensor1D];
    if (options.normaliseBatch) {
      const normalised = options.normaliseBatch(map, gamma, beta, layer.epsilon, layer.name);
      return activate(normalised, layer.activation, options);
    }
    const [mean, variance] = [weight('mean') as Tensor1D, weight('variance') as Tensor1D];
    return activate(tf.batchNorm(map, mean, variance, beta, gamma, layer.epsilon), layer.activation, options);
  },
  localResponseNorm: ({ depthRadius, bias, alpha, beta }, { x }) =>
    tf.localResponseNormalization(x as Tensor4D, depthRadius, bias, alpha, beta),
  rootMeanSquareNorm: (_, { x }) => {
    const axes = x.shape.slice(1).map((_, i) => i + 1);
    return tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), axes, true), rootMeanSquareEpsilon)));
  },
  activation: (layer, { x, options }) => activate(x, layer.activation, options),
  add: (layer, { inputs, options }) => activate(tf.addN([...inputs]), layer.activation, options),
  resize: ({ shape, from }, { x }) => {
    const [height, width, channels] = shape as [number, number, number];
    const matrix = (to: number, size: number) => tf.tensor2d(resizeMatrix(size, to), [to, size]);
    const rows = tf.reshape(x, [-1, from[0], from[1] * channels]);
    const lower = tf.matMul(tf.expandDims(matrix(height, from[0]), 0), rows);
    const columns = tf.reshape(lower, [-1, from[1], channels]);
    return tf.reshape(tf.matMul(tf.expandDims(matrix(width, from[1]), 0), columns), [
      -1,
      height,
      width,
      channels,
    ]);
  },
  concatenate: (_, { inputs }) => tf.concat([...inputs], -1),
};

/** The bias and the activation of a layer. */
function finish(
  y: Tensor,
  layer: { readonly bias: boolean; readonly activation?: Activation },
  weight: Step['weight'],
  options: ForwardOptions,
): Tensor {
  return activate(layer.bias ? tf.add(y, weight('bias')) : y, layer.activation, options);
}

/** The kernel [height, width, channels, filters] of a convolution, zeros where a filter does not read a channel. */
function withAllConnections(kernel: Tensor, layer: ConvolutionLayer): Tensor {
  if (!layer.connections) return kernel;
  const places = tf.reshape(kernel, [-1, kernel.shape.at(-1)!]) as Tensor2D;
  const { shape, data } = connectionMatrix(layer.connections);
  const whole = tf.matMul(places, tf.tensor2d(data, [...shape]));
  return tf.reshape(whole, [...layer.kernel, -1, layer.filters]);
}

/** The sum over a window is its mean times its area, which goes into the coefficient. */
function subsample(x: Tensor4D, coefficient: Tensor, bias: Tensor, layer: SubsampleLayer): Tensor {
  const { kernel, stride, padding } = layer;
  const means = tf.avgPool(pad(x, padding, 0), [...kernel], [...stride], 'valid');
  const sums = tf.mul(means, tf.mul(coefficient, kernel[0] * kernel[1]));
  return tf.add(sums, bias);
}

/** −|x − w|² = 2x·w − |x|² − |w|² for each prototype w. */
function radialBasis(x: Tensor2D, { prototypes }: RadialBasisLayer): Tensor {
  const rows = tf.tensor2d(prototypes.map((row) => [...row]));
  const products = tf.matMul(x, tf.mul(rows, 2), false, true);
  return tf.sub(tf.sub(products, tf.sum(tf.square(x), 1, true)), tf.sum(tf.square(rows), 1));
}

function convolve(x: Tensor4D, kernel: Tensor4D, layer: ConvolutionLayer): Tensor {
  const { stride, padding, groups } = layer;
  const strides: [number, number] = [...stride];
  if (groups > 1) {
    const padded = pad(x, padding, 0);
    const parts = tf.split<Tensor4D>(padded, groups, -1);
    const kernels = tf.split<Tensor4D>(kernel, groups, -1);
    return tf.concat(
      parts.map((part, i) => tf.conv2d(part, kernels[i]!, strides, 'valid')),
      -1,
    );
  }
  if (coversInput(x, layer)) {
    // a dense layer in disguise: matrix products are faster than convolutions that give one pixel
    const flat = tf.matMul(tf.reshape(x, [x.shape[0], -1]), tf.reshape(kernel, [-1, layer.filters]));
    return tf.reshape(flat, [x.shape[0], 1, 1, layer.filters]);
  }
  const [kernelHeight, kernelWidth] = kernel.shape;
  const { top, bottom, left, right } = padding;
  const unit = stride[0] === 1 && stride[1] === 1;
  const keepsSize =
    unit &&
    top === Math.floor((kernelHeight - 1) / 2) &&
    bottom === Math.ceil((kernelHeight - 1) / 2) &&
    left === Math.floor((kernelWidth - 1) / 2) &&
    right === Math.ceil((kernelWidth - 1) / 2);
  if (keepsSize) return tf.conv2d(x, kernel, strides, 'same');
  return tf.conv2d(pad(x, padding, 0), kernel, strides, 'valid');
}

function coversInput(x: Tensor4D, { kernel, padding }: ConvolutionLayer): boolean {
  const { top, bottom, left, right } = padding;
  const isPadded = top + bottom + left + right > 0;
  return !isPadded && kernel[0] === x.shape[1] && kernel[1] === x.shape[2];
}

function maxPool(x: Tensor4D, layer: PoolLayer): Tensor {
  return tf.maxPool(pad(x, layer.padding, -3.4e38), [...layer.kernel], [...layer.stride], 'valid');
}

function pad(x: Tensor4D, { top, bottom, left, right }: Sides, value: number): Tensor4D {
  if (top + bottom + left + right === 0) return x;
  return tf.pad(
    x,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}

function activate(x: Tensor, activation: Activation | undefined, { rectify }: ForwardOptions): Tensor {
  if (rectify && (activation === 'relu' || activation === 'relu6')) return rectify(x, activation);
  switch (activation) {
    case undefined:
      return x;
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    case 'scaledTanh':
      return tf.mul(scaledTanh.outer, tf.tanh(tf.mul(scaledTanh.inner, x)));
    case 'softmax':
      return tf.softmax(x);
  }
}
