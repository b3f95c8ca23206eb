/**
 * Layers in bfloat16 that an operation of ours computes: one node from the pixels on in place of TensorFlow's one for each
 * layer (native/own-operations.cc). Sums are in float32 and in another order than TensorFlow's.
 */
import { type NamedTensor, sizeOf, type Weights } from '../formats/tensors.js';
import type { Output } from '../graph/graph-def.js';
import type { WeightedNetwork } from '../models/compose.js';
import { type BatchNormLayer, layerNamed, type Network } from '../models/network.js';
import { isWhole, pixelScaling, scalingOf } from './int8-layers.js';
import type { NetworkWriter } from '../models/network-graph.js';
import { isConvolution, type TiledLayer, tiledOf, writeTiledLayers } from './tile-program.js';

/** The layers that the operation computes: convolutions with ReLU or no activation, and max pools of what is not below 0. */
export function tiledBfloat16(network: Network): TiledLayer[] {
  const nonNegative = (name: string): boolean => {
    const layer = layerNamed(network, name);
    if (layer.type === 'convolution') return layer.activation === 'relu';
    return layer.type === 'maxPool' && nonNegative(layer.inputs[0]!);
  };
  const able = network.layers.filter(
    (layer): layer is TiledLayer =>
      (layer.type === 'maxPool' && nonNegative(layer.name)) ||
      (isWhole(layer) && (layer.activation === undefined || layer.activation === 'relu')),
  );
  return tiledOf(network, able, ({ inputs }) => pixelScaling(network, inputs[0]!) !== undefined);
}

/** Writes the operation: see `writeTiledLayers`. @returns maps in bfloat16. */
export function writeTiledBfloat16(
  writer: NetworkWriter,
  pixels: Output,
  layers: readonly TiledLayer[],
  { network, weights }: WeightedNetwork,
): Map<string, Output> {
  const convolutions = layers.filter(isConvolution);
  const scaling = layers.map(({ inputs }) => pixelScaling(network, inputs[0]!)).find((layer) => layer)!;
  return writeTiledLayers(
    writer.graph,
    'FinetuneBfloat16Layers',
    { pixels, channels: 3 },
    { network, layers },
    {
      kernels: convolutions.map(({ name }) =>
        writer.constant(weights.get(`${name}/kernel`)!, `${name}/kernel`),
      ),
      biases: convolutions.map(
        ({ name, filters }) => weights.get(`${name}/bias`)?.data ?? new Float32Array(filters),
      ),
      more: [writer.constant(pixelValues(scaling, weights), 'values')],
    },
  );
}

/** What each of the 256 values of a pixel stands for, [channels, 256]. */
function pixelValues(layer: BatchNormLayer, weights: Weights): NamedTensor {
  const { scale, mean, shift } = scalingOf(layer, weights);
  const shape = [scale.length, 256];
  const value = (c: number, pixel: number) => scale[c]! * (pixel - mean[c]!) + shift[c]!;
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i >> 8, i & 255)) };
}
