import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { normaliseBatch } from '../graph/batch-norm.js';
import { forward, type Parameters } from '../models/forward.js';
import { type Activation, inputOf, type Layer, type Network, outputOf } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';

/**
 * Runs a network whose batch norms use the mean and variance of the batch at hand, as a network is trained from
 * scratch; `forward` uses the stored ones, which fine-tuning keeps. Dropout does nothing.
 *
 * @param batch float32, [batch, ...input shape].
 * @returns the output of the last layer, [batch, ...output shape]. Intermediate tensors are disposed of.
 */
export function forwardWithBatchStatistics(network: Network, parameters: Parameters, batch: Tensor): Tensor {
  return tf.tidy(() => {
    const outputs = new Map([[inputOf(network).name, batch]]);
    for (const layer of network.layers.slice(1)) {
      const inputs = layer.inputs.map((name) => outputs.get(name)!);
      outputs.set(layer.name, apply(layer, inputs, parameters));
    }
    return outputs.get(outputOf(network).name)!;
  });
}

function apply(layer: Layer, inputs: readonly Tensor[], parameters: Parameters): Tensor {
  const x = inputs[0]!;
  switch (layer.type) {
    case 'batchNorm': {
      const [gamma, beta] = ['gamma', 'beta'].map((part) => parameters.get(`${layer.name}/${part}`)!);
      return activate(
        normaliseBatch(x as Tensor4D, gamma as Tensor1D, beta as Tensor1D, layer.epsilon),
        layer,
      );
    }
    case 'add':
      return activate(tf.addN([...inputs]), layer);
    case 'concatenate':
      return tf.concat([...inputs], -1);
    default:
      return alone(layer, x, parameters);
  }
}

function activate(x: Tensor, { activation }: { activation?: Activation }): Tensor {
  if (!activation) return x;
  const shape = x.shape.slice(1);
  return alone({ type: 'activation', name: 'activation', inputs: [], shape, activation }, x, new Map());
}

/** What `forward` makes of one layer. */
function alone(layer: Layer, x: Tensor, parameters: Parameters): Tensor {
  const input = { type: 'input', name: 'x', inputs: [], shape: x.shape.slice(1) } as const;
  const network = { name: layer.name, layers: [input, { ...layer, inputs: ['x'] }] };
  return forward(network, parameters, x);
}
