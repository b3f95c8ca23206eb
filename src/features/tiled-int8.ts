/**
 * Layers in eight-bit integers that an operation of ours computes: one node from the pixels on in place of TensorFlow's one
 * for each layer (native/own-operations.cc). It gives the same numbers to the bit.
 */
import { DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import type { ConvolutionLayer, Network } from '../models/network.js';
import type { Calibration } from './calibrate.js';
import { type EightBits, eightBitsOf, offsetOf } from './eight-bits.js';
import { movedBias } from './int8-convolution.js';
import { isWhole, rangedLayer } from './int8-layers.js';
import { pixelWeights } from './int8-pixels.js';
import { type Int8Network, int8Weights } from './int8-weights.js';
import type { QuantisedKernel } from './quantise.js';
import { isConvolution, type TiledLayer, tiledOf, writeTiledLayers } from './tile-program.js';

/** Layers that the operation computes, and what of each convolution it needs. */
export interface TiledInt8 {
  readonly layers: readonly TiledLayer[];
  readonly parts: readonly (Quantities & { readonly name: string })[];
}

/** The layers that the operation computes, if any. */
export function tiledInt8(int8: Int8Network, calibration: Calibration): TiledInt8 | undefined {
  const { network, plan } = int8;
  const summing = new Set(plan.sums.values());
  const able = network.layers.filter(
    (layer): layer is TiledLayer =>
      plan.integer.has(layer.name) &&
      !summing.has(layer.name) &&
      (layer.type === 'maxPool' || isWhole(layer)),
  );
  const layers = tiledOf(network, able, ({ name }) => plan.pixels.has(name));
  const parts = layers
    .filter(isConvolution)
    .map((layer) => ({ name: layer.name, ...quantities(layer, int8, calibration) }));
  return parts.length > 0 && parts.every(isBounded) ? { layers, parts } : undefined;
}

interface Quantities {
  readonly kernel: QuantisedKernel;
  /** What sums are multiplied by, for each filter. */
  readonly scales: Float32Array;
  /** What is added to them then. */
  readonly bias: Float32Array;
  /** What the result is multiplied by to get steps of its eight bits. */
  readonly steps: number;
}

/** Whether no result leaves the whole numbers of 32 bits before it is cut off. */
function isBounded({ kernel, scales, bias, steps }: Quantities): boolean {
  const most = (127 * 255 * kernel.data.length) / bias.length;
  return bias.every((value, i) => (most * scales[i]! + Math.abs(value)) * steps < 2 ** 31);
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
    : eightBitsOf(calibration, rangedLayer(network, calibration.ranges, layer.inputs[0]!));
  const put = eightBitsOf(calibration, layer.name);
  const { kernel, bias } = scaling
    ? pixelWeights(layer, scaling, weights, plan.largestWeight)
    : int8Weights(layer, weights, plan.largestWeight);
  const step = Math.fround(Math.fround(input.span) / 255);
  return {
    kernel,
    scales: kernel.maxima.map((value) => step * Math.fround(value / 127)),
    bias: movedBias(kernel, bias, offsetOf(input), offsetOf(put)),
    steps: Math.fround(1 / Math.fround(Math.fround(put.span) / 255)),
  };
}

/** Writes the operation: see `writeTiledLayers`. @returns maps in eight bits. */
export function writeTiledInt8(
  graph: GraphBuilder,
  pixels: Output,
  { layers, parts }: TiledInt8,
  network: Network,
): Map<string, Output> {
  return writeTiledLayers(
    graph,
    'FinetuneEightBitLayers',
    { pixels, channels: 4 },
    { network, layers },
    {
      kernels: parts.map(({ name, kernel }) =>
        graph.constant(kernel.data, kernel.shape, DataType.qint8, `${name}/kernel`),
      ),
      biases: parts.map(({ bias }) => bias),
      more: parts.map(({ name, scales }) =>
        graph.constant(scales, [scales.length], DataType.float32, `${name}/scales`),
      ),
      steps: parts.map(({ steps }) => steps),
    },
  );
}
