import type { Layer, Network } from '../models/network.js';
import { transpose } from '../formats/kernel-layout.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

/**
 * Weights of a network that was trained with channels first (Caffe, PyTorch), for ours: a dense layer that reads a
 * flattened map has its rows in the order channel, row, column there and row, column, channel here. Everything else
 * stays as it is.
 */
export function fromChannelsFirstFlatten(network: Network, weights: Weights): Map<string, NamedTensor> {
  const reordered = new Map(weights);
  for (const layer of network.layers) {
    const name = `${layer.name}/kernel`;
    const kernel = weights.get(name);
    const map = layer.type === 'dense' && flattenedMap(network, layer);
    if (kernel && map) reordered.set(name, rowsChannelsLast(kernel, map));
  }
  return reordered;
}

/**
 * A dense kernel [channels · height · width, units] with its rows in the order [height · width · channels]. A kernel
 * of another size is returned as it is, for the check against the architecture to refuse.
 *
 * @param map [height, width, channels] of what was flattened.
 */
export function rowsChannelsLast(kernel: NamedTensor, map: readonly number[]): NamedTensor {
  const [height, width, channels] = map as [number, number, number];
  const [rows, units] = kernel.shape;
  if (kernel.shape.length !== 2 || rows !== height * width * channels) return kernel;
  const { data } = transpose({ shape: [channels, height, width, units!], data: kernel.data }, [1, 2, 0, 3]);
  return { shape: kernel.shape, data };
}

/** The shape of the map that a layer reads flattened, if it does: dropout in between changes no order. */
function flattenedMap(network: Network, layer: Layer): readonly number[] | undefined {
  const input = network.layers.find(({ name }) => name === layer.inputs[0]);
  if (input?.type === 'dropout') return flattenedMap(network, input);
  if (input?.type !== 'flatten') return undefined;
  return network.layers.find(({ name }) => name === input.inputs[0])?.shape;
}
