/**
 * Layers in eight-bit integers that an operation of ours computes, where the processor multiplies tiles of matrices (AMX):
 * one node from the pixels on in place of TensorFlow's one for each layer (native/own-operations.cc). It gives the same
 * numbers to the bit.
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
import { nativeBinding } from '../runtime/tensorflow.js';
import type { Calibration } from './calibrate.js';
import { type EightBits, eightBitsOf, offsetOf } from './eight-bits.js';
import { movedBias } from './int8-convolution.js';
import { isWhole } from './int8-layers.js';
import { pixelWeights } from './int8-pixels.js';
import { type Int8Network, int8Weights } from './int8-weights.js';
import type { QuantisedKernel } from './quantise.js';

type TiledLayer = ConvolutionLayer | MaxPoolLayer;

/** Whether TensorFlow has the operation: with our addon, on a processor with tiles, where the system gives them out. */
export function hasTiledLayers(): boolean {
  return nativeBinding()['hasEightBitLayers'] === true;
}

/**
 * The layers that the operation can compute: from a convolution on pixels of three channels on those that run in integers
 * and read each other only. Empty where they hold less than two convolutions, for which it would not be worth it.
 */
export function tiledLayers({ network, plan, weights }: Int8Network, calibration: Calibration): TiledLayer[] {
  const layers: TiledLayer[] = [];
  const summing = new Set(plan.sums.values());
  for (const layer of network.layers) {
    if (!plan.integer.has(layer.name) || summing.has(layer.name)) continue;
    const [input] = layer.inputs as [string];
    const known = plan.pixels.has(layer.name) || layers.some(({ name }) => name === input);
    if (!known || !(layer.type === 'maxPool' || isWhole(layer))) continue;
    layers.push(layer);
  }
  const convolutions = layers.filter((layer) => layer.type === 'convolution');
  const possible =
    convolutions.length > 1 &&
    inputOf(network).shape.at(-1) === 3 &&
    convolutions.filter(({ name }) => plan.pixels.has(name)).length === 1 &&
    convolutions.every((layer) => fits(layer, { network, plan, weights }, calibration)) &&
    everyMapFits(network, layers);
  return possible ? layers : [];
}

/**
 * Whether no result overflows before it is cut off. And a row of a window of the pixels, which are read together, must
 * lie in the memory that a map keeps behind its end.
 */
function fits(layer: ConvolutionLayer, int8: Int8Network, calibration: Calibration): boolean {
  const { kernel, scales, bias, steps } = quantities(layer, int8, calibration);
  const reads = kernel.data.length / bias.length;
  const [down, across] = layer.stride;
  return (
    down <= 4 &&
    across <= 4 &&
    layer.kernel[1] <= 16 &&
    bias.every((value, i) => (127 * 255 * reads * scales[i]! + Math.abs(value)) * steps < 2 ** 31)
  );
}

/** A row of places with what lies between two of them must be as long as a row of the result. */
function everyMapFits(network: Network, layers: readonly TiledLayer[]): boolean {
  return layers.every((layer) => {
    const { beside } = around(layer.inputs[0]!, layers);
    const wide = layerNamed(network, layer.inputs[0]!).shape[1]! + beside;
    return layer.shape[1]! <= wide;
  });
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

/** What a convolution multiplies sums by, adds to them, and multiplies the result by to get steps of its eight bits. */
function quantities(
  layer: ConvolutionLayer,
  { network, plan, weights }: Int8Network,
  calibration: Calibration,
) {
  const scaling = plan.pixels.get(layer.name);
  const input: EightBits = scaling
    ? { span: 255, zero: 0 }
    : eightBitsOf(calibration, rangedBy(network, layer.inputs[0]!));
  const put = eightBitsOf(calibration, layer.name);
  const { kernel, bias } = scaling ? pixelWeights(layer, scaling, weights) : int8Weights(layer, weights);
  const step = Math.fround(Math.fround(input.span) / 255);
  return {
    kernel,
    scales: kernel.maxima.map((value) => step * Math.fround(value / 127)),
    bias: movedBias(kernel, bias, offsetOf(input), offsetOf(put)),
    steps: Math.fround(1 / Math.fround(Math.fround(put.span) / 255)),
  };
}

/** The layer whose range holds for a map: a pool puts out what it reads. */
export function rangedBy(network: Network, name: string): string {
  const layer = layerNamed(network, name);
  return layer.type === 'maxPool' ? rangedBy(network, layer.inputs[0]!) : name;
}

/**
 * Writes the operation.
 *
 * @param pixels uint8 [batch, height, width, 3].
 * @returns the maps that other layers read, or that the network puts out, by the layers' names.
 */
export function writeTiledLayers(
  graph: GraphBuilder,
  pixels: Output,
  layers: readonly TiledLayer[],
  int8: Int8Network,
  calibration: Calibration,
): Map<string, Output> {
  const { network, plan } = int8;
  const convolutions = layers.filter((layer): layer is ConvolutionLayer => layer.type === 'convolution');
  const parts = convolutions.map((layer) => ({ name: layer.name, ...quantities(layer, int8, calibration) }));
  const tiled = new Set(layers.map(({ name }) => name));
  const put = layers.filter(
    ({ name }) =>
      outputOf(network).name === name ||
      network.layers.some((reader) => !tiled.has(reader.name) && reader.inputs.includes(name)),
  );
  const source = (layer: TiledLayer) => (plan.pixels.has(layer.name) ? pixelMap : layer.inputs[0]!);
  const maps = [pixelMap, ...layers.map(({ name }) => name)];
  const [height, width] = inputOf(network).shape as [number, number];
  const program = [
    maps.length,
    ...maps.flatMap((map) => {
      const first = layers.find((layer) => source(layer) === map)?.inputs[0] ?? map;
      const { above, beside } = around(first, layers);
      const shape = map === pixelMap ? [height, width, 4] : layerNamed(network, map).shape;
      return [...shape, above, beside];
    }),
    layers.length,
    ...layers.flatMap((layer) => [
      layer.type === 'maxPool' ? 1 : 0,
      maps.indexOf(source(layer)),
      maps.indexOf(layer.name),
      ...layer.kernel,
      ...layer.stride,
      layer.padding.top,
      layer.padding.left,
    ]),
    put.length,
    ...put.map(({ name }) => maps.indexOf(name)),
  ];
  const perFilter = (name: string, values: Float32Array) =>
    graph.constant(values, [values.length], DataType.float32, name);
  const first = graph.node(
    'FinetuneEightBitLayers',
    [
      pixels,
      ...parts.map(({ name, kernel }) => kernelOf(graph, name, kernel)),
      ...parts.map(({ name, scales }) => perFilter(`${name}/scales`, scales)),
      ...parts.map(({ name, bias }) => perFilter(`${name}/bias`, bias)),
    ],
    {
      count: { int: parts.length },
      outputs: { int: put.length },
      program: { ints: program },
      steps: { floats: parts.map(({ steps }) => steps) },
    },
  );
  return new Map(put.map(({ name }, i) => [name, output(first, i)]));
}

/** Stands for the pixels among the maps; no layer's name is empty. */
const pixelMap = '';

function kernelOf(graph: GraphBuilder, name: string, { data, shape }: QuantisedKernel): Output {
  return graph.constant(data, shape, DataType.qint8, `${name}/kernel`);
}
