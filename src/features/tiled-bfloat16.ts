/**
 * Layers in bfloat16 that an operation of ours computes: one node from the pixels on in place of TensorFlow's one for each
 * layer (native/own-operations.cc). Sums are in float32 and in another order than TensorFlow's.
 */
import { type NamedTensor, sizeOf, type Weights } from '../formats/tensors.js';
import { toBfloat16 } from '../formats/half-precision.js';
import { DataType, type GraphBuilder, type Output, output } from '../graph/graph-def.js';
import type { WeightedNetwork } from '../models/compose.js';
import { type BatchNormLayer, layerNamed, type Network } from '../models/network.js';
import { isWhole, pixelScaling, scalingOf } from './int8-layers.js';
import { isConvolution, type TiledLayer, tiledOf, tileProgram } from './tile-program.js';

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

/**
 * Writes the operation.
 *
 * @param pixels uint8 [batch, height, width, 3].
 * @returns the maps that other layers read, or that the network puts out, bfloat16, by the layers' names.
 */
export function writeTiledBfloat16(
  graph: GraphBuilder,
  pixels: Output,
  layers: readonly TiledLayer[],
  { network, weights }: WeightedNetwork,
): Map<string, Output> {
  const { numbers, put } = tileProgram(network, layers, 3);
  const convolutions = layers.filter(isConvolution);
  const scaling = layers.map(({ inputs }) => pixelScaling(network, inputs[0]!)).find((layer) => layer)!;
  const half = ({ shape, data }: NamedTensor, name: string) =>
    graph.constant(toBfloat16(Float32Array.from(data)), shape, DataType.bfloat16, name);
  const first = graph.node(
    'FinetuneBfloat16Layers',
    [
      pixels,
      ...convolutions.map(({ name }) => half(weights.get(`${name}/kernel`)!, `${name}/kernel`)),
      ...convolutions.map(({ name, filters }) => {
        const bias = weights.get(`${name}/bias`)?.data ?? new Float32Array(filters);
        return graph.constant(Float32Array.from(bias), [filters], DataType.float32, `${name}/bias`);
      }),
      half(pixelValues(scaling, weights), 'values'),
    ],
    {
      count: { int: convolutions.length },
      outputs: { int: put.length },
      program: { ints: numbers },
      steps: { floats: [] },
    },
  );
  return new Map(put.map((name, i) => [name, output(first, i)]));
}

/** What each of the 256 values of a pixel stands for, [channels, 256]. */
function pixelValues(layer: BatchNormLayer, weights: Weights): NamedTensor {
  const { scale, mean, shift } = scalingOf(layer, weights);
  const shape = [scale.length, 256];
  const value = (c: number, pixel: number) => scale[c]! * (pixel - mean[c]!) + shift[c]!;
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i >> 8, i & 255)) };
}
