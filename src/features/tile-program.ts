/**
 * What operations of ours compute tile by tile, as a list of whole numbers (native/tiled-layers.h), where the processor
 * multiplies tiles of matrices (AMX): convolutions and max pools that read each other, from the pixels on.
 */
import { DataType, type GraphBuilder, type Output, output } from '../graph/graph-def.js';
import {
  type ConvolutionLayer,
  inputOf,
  layerNamed,
  type MaxPoolLayer,
  type Network,
  outputOf,
} from '../models/network.js';
import { isPadded } from '../models/same-padding.js';
import { nativeBinding, usesGpu } from '../runtime/tensorflow.js';

export type TiledLayer = ConvolutionLayer | MaxPoolLayer;

/** What an operation reads besides the pixels; of each convolution, in the layers' order. */
export interface TileInputs {
  /** Kernels [height, width, channels, filters]. */
  readonly kernels: readonly Output[];
  /** Biases [filters], float32. */
  readonly biases: readonly Float32Array[];
  /** What only one of the operations reads. */
  readonly more: readonly Output[];
  /** What results are multiplied by in eight bits. */
  readonly steps?: readonly number[];
}

/** Whether TensorFlow has the operations: with our addon, without a GPU, on a processor with tiles that the system gives out. */
export function hasTiledLayers(): boolean {
  return nativeBinding()['hasTiledLayers'] === true && !usesGpu();
}

/**
 * Of layers that the operations can compute, in the network's order, those that they do: the ones of which each reads pixels
 * or another of them. Empty where they hold less than two convolutions, for which it would not be worth it.
 *
 * @param onPixels whether a convolution reads the pixels, scaled or not.
 */
export function tiledOf(
  network: Network,
  able: readonly TiledLayer[],
  onPixels: (layer: TiledLayer) => boolean,
): TiledLayer[] {
  const layers: TiledLayer[] = [];
  for (const layer of able) {
    const known = onPixels(layer) || layers.some(({ name }) => name === layer.inputs[0]);
    if (known && (layer.type === 'convolution' || !isPadded(layer.padding))) layers.push(layer);
  }
  const convolutions = layers.filter(isConvolution);
  const possible =
    convolutions.length > 1 &&
    inputOf(network).shape.at(-1) === 3 &&
    layers.filter(onPixels).length === 1 &&
    convolutions.every(staysInMap) &&
    layers.every((layer) => rowsFit(network, layers, layer));
  return possible ? layers : [];
}

export function isConvolution(layer: TiledLayer): layer is ConvolutionLayer {
  return layer.type === 'convolution';
}

/** A map keeps some memory behind its end, into which tiles reach that end after it. */
function staysInMap({ kernel, stride }: ConvolutionLayer): boolean {
  return Math.max(...stride) <= 4 && kernel[1] <= 16;
}

/** A row of places, with what lies between it and the next, must be as long as a row of the result. */
function rowsFit(network: Network, layers: readonly TiledLayer[], layer: TiledLayer): boolean {
  const [from] = layer.inputs as [string];
  return layer.shape[1]! <= layerNamed(network, from).shape[1]! + around(from, layers).beside;
}

/** The zeros that a map needs around it: rows above and below, cells before each row, which are also those behind the one above. */
function around(map: string, layers: readonly TiledLayer[]): { above: number; beside: number } {
  const readers = layers.filter(({ inputs }) => inputs[0] === map).map(({ padding }) => padding);
  const most = (sides: readonly number[]) => Math.max(0, ...sides);
  return {
    above: most(readers.flatMap(({ top, bottom }) => [top, bottom])),
    beside: most(readers.flatMap(({ left, right }) => [left, right])),
  };
}

/**
 * Writes an operation.
 *
 * @param pixels uint8 [batch, height, width, 3]; `channels` of the map that the operation makes of them.
 * @returns the maps that other layers read, or that the network puts out, by the layers' names.
 */
export function writeTiledLayers(
  graph: GraphBuilder,
  operation: 'FinetuneEightBitLayers' | 'FinetuneBfloat16Layers',
  { pixels, channels }: { readonly pixels: Output; readonly channels: number },
  { network, layers }: { readonly network: Network; readonly layers: readonly TiledLayer[] },
  { kernels, biases, more, steps = [] }: TileInputs,
): Map<string, Output> {
  const { numbers, put } = tileProgram(network, layers, channels);
  const names = layers.filter(isConvolution).map(({ name }) => name);
  const constants = biases.map((bias, i) =>
    graph.constant(bias, [bias.length], DataType.float32, `${names[i]}/bias`),
  );
  const first = graph.node(operation, [pixels, ...kernels, ...constants, ...more], {
    count: { int: names.length },
    outputs: { int: put.length },
    program: { ints: numbers },
    steps: { floats: steps },
  });
  return new Map(put.map((name, i) => [name, output(first, i)]));
}

/** The numbers, and `put`, the layers whose maps come out: those that others read, or the network's last one. */
function tileProgram(network: Network, layers: readonly TiledLayer[], pixelChannels: number) {
  const tiled = new Set(layers.map(({ name }) => name));
  const put = layers
    .map(({ name }) => name)
    .filter((name) => {
      const readers = network.layers.filter(({ inputs }) => inputs.includes(name));
      return outputOf(network).name === name || readers.some((reader) => !tiled.has(reader.name));
    });
  const pixels = layers.map(({ inputs }) => inputs[0]!).find((from) => !tiled.has(from))!;
  const maps = [pixels, ...tiled];
  const numbers = [
    maps.length,
    ...maps.flatMap((map) => {
      const [height, width, channels] = layerNamed(network, map).shape as [number, number, number];
      const { above, beside } = around(map, layers);
      return [height, width, map === pixels ? pixelChannels : channels, above, beside];
    }),
    layers.length,
    ...layers.flatMap((layer) => [
      isConvolution(layer) ? 0 : 1,
      maps.indexOf(layer.inputs[0]!),
      maps.indexOf(layer.name),
      isConvolution(layer) && layer.activation === 'relu' ? 1 : 0,
      ...layer.kernel,
      ...layer.stride,
      layer.padding.top,
      layer.padding.left,
    ]),
    put.length,
    ...put.map((name) => maps.indexOf(name)),
  ];
  return { numbers, put };
}
