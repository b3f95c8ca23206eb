import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { type Parameters, scaledTanh } from './forward.js';
import type { Layer, Network } from './network.js';

/** A network that computes what another one computes, with weights multiplied by `factors`. */
export interface FoldedNetwork {
  readonly network: Network;
  /** By the weight's name; a weight that is not named stays as it is. */
  readonly factors: ReadonlyMap<string, number>;
}

/**
 * Moves the two factors of LeCun's squashing function, 1.7159 tanh(2a/3), out of the maps, where they cost two passes
 * forward and two back, into kernels and biases, which are small: 2/3 into the layer's own, 1.7159 into those of
 * the layers that read it, through poolings that only average. A layer that something else reads keeps its factors.
 */
export function foldSquashing(network: Network): FoldedNetwork {
  const factors = new Map<string, number>();
  /** What a layer's output has yet to be multiplied by. */
  const owed = new Map<string, number>();
  const layers = network.layers.map((layer): Layer => {
    const missing = owed.get(layer.inputs[0] ?? '') ?? 1;
    if (layer.type !== 'convolution' && layer.type !== 'dense') {
      owed.set(layer.name, missing);
      return layer;
    }
    const folds = layer.activation === 'scaledTanh' && onlyWeightedReaders(network, layer.name);
    const own = folds ? scaledTanh.inner : 1;
    if (missing * own !== 1) factors.set(`${layer.name}/kernel`, missing * own);
    if (own !== 1 && layer.bias) factors.set(`${layer.name}/bias`, own);
    if (!folds) return layer;
    owed.set(layer.name, scaledTanh.outer);
    return { ...layer, activation: 'tanh' };
  });
  return { network: { name: network.name, layers }, factors };
}

/** Whether a factor of this layer's output can be left to the kernels behind it. */
function onlyWeightedReaders(network: Network, name: string): boolean {
  const readers = network.layers.filter((layer) => layer.inputs.includes(name));
  return (
    readers.length > 0 &&
    readers.every((reader) => {
      if (reader.type === 'convolution' || reader.type === 'dense') return true;
      return isAverage(reader) && onlyWeightedReaders(network, reader.name);
    })
  );
}

function isAverage({ type }: Layer): boolean {
  return type === 'averagePool' || type === 'globalAverage' || type === 'flatten' || type === 'dropout';
}

/** The weights multiplied by their factors; differentiable. The caller owns the products. */
export function multiplied(parameters: Parameters, factors: ReadonlyMap<string, number>): Parameters {
  return new Map(
    [...parameters].map(([name, tensor]): [string, Tensor] => {
      const factor = factors.get(name);
      return [name, factor === undefined ? tensor : tf.mul(tensor, factor)];
    }),
  );
}
