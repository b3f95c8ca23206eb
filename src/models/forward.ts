import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { Activation, Layer, Network, PoolLayer, Sides } from './network.js';

/** A network's weights as tensors or variables, by name (`block1_conv1/kernel`). */
export type Parameters = ReadonlyMap<string, Tensor>;

export interface ForwardOptions {
  /** Present while training: how to drop units. Absent: dropout does nothing. */
  dropout?: (x: Tensor, rate: number, layerIndex: number) => Tensor;
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

function missingTap(network: Network, tap: string): never {
  throw new Error(`${network.name} has no layer named '${tap}'`);
}

function run(network: Network, parameters: Parameters, batch: Tensor, options: ForwardOptions) {
  const outputs = new Map<string, Tensor>();
  for (const [index, layer] of network.layers.entries()) {
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    outputs.set(
      layer.name,
      layer.type === 'input' ? batch : apply(layer, index, inputs, parameters, options),
    );
  }
  return outputs;
}

function apply(
  layer: Layer,
  index: number,
  inputs: readonly Tensor[],
  parameters: Parameters,
  options: ForwardOptions,
): Tensor {
  const x = inputs[0]!;
  const weight = (part: string) => {
    const tensor = parameters.get(`${layer.name}/${part}`);
    if (!tensor) throw new Error(`no weights named '${layer.name}/${part}'`);
    return tensor;
  };
  switch (layer.type) {
    case 'input':
      return x;
    case 'convolution': {
      const kernel = weight('kernel') as Tensor4D;
      let y = convolve(x as Tensor4D, kernel, layer.stride, layer.padding, layer.groups);
      if (layer.bias) y = tf.add(y, weight('bias'));
      return activate(y, layer.activation);
    }
    case 'depthwise': {
      const padded = pad(x as Tensor4D, layer.padding, 0);
      let y: Tensor = tf.depthwiseConv2d(padded, weight('kernel') as Tensor4D, [...layer.stride], 'valid');
      if (layer.bias) y = tf.add(y, weight('bias'));
      return activate(y, layer.activation);
    }
    case 'maxPool':
      return maxPool(x as Tensor4D, layer);
    case 'averagePool':
      return tf.avgPool(pad(x as Tensor4D, layer.padding, 0), [...layer.kernel], [...layer.stride], 'valid');
    case 'globalAverage':
      return tf.mean(x, [1, 2]);
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, layer.shape[0]!]);
    case 'dense': {
      let y: Tensor = tf.matMul(x as Tensor2D, weight('kernel') as Tensor2D);
      if (layer.bias) y = tf.add(y, weight('bias'));
      return activate(y, layer.activation);
    }
    case 'dropout':
      return options.dropout ? options.dropout(x, layer.rate, index) : x;
    case 'batchNorm': {
      const [mean, variance, beta, gamma] = ['mean', 'variance', 'beta', 'gamma'].map(
        (p) => weight(p) as Tensor1D,
      );
      return activate(
        tf.batchNorm(x as Tensor4D, mean!, variance!, beta, gamma, layer.epsilon),
        layer.activation,
      );
    }
    case 'localResponseNorm':
      return tf.localResponseNormalization(
        x as Tensor4D,
        layer.depthRadius,
        layer.bias,
        layer.alpha,
        layer.beta,
      );
    case 'activation':
      return activate(x, layer.activation);
    case 'add':
      return activate(tf.addN([...inputs]), layer.activation);
    case 'concatenate':
      return tf.concat([...inputs], -1);
  }
}

function convolve(
  x: Tensor4D,
  kernel: Tensor4D,
  stride: readonly [number, number],
  padding: Sides,
  groups: number,
): Tensor {
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

function activate(x: Tensor, activation: Activation | undefined): Tensor {
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
      return tf.mul(1.7159, tf.tanh(tf.mul(2 / 3, x)));
    case 'softmax':
      return tf.softmax(x);
  }
}
