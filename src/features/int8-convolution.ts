/** Convolutions in eight-bit integers, as TensorFlow's graphs have them for CPUs. */
import { type Attributes, DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import type { LayerOf } from '../models/layer-table.js';
import type { Shape } from '../models/network.js';
import { isPadded, isSamePadding } from '../models/same-padding.js';
import { type EightBits, ends, float32, offsetOf, type Quantised, quint8 } from './eight-bits.js';
import type { QuantisedKernel } from './quantise.js';

export type IntegerLayer = LayerOf<'convolution'> | LayerOf<'depthwise'>;

export interface IntegerConvolution {
  readonly input: Quantised;
  /** Of the map that is read: [height, width, channels]. */
  readonly shape: Shape;
  readonly kernel: QuantisedKernel;
  /** For each filter. */
  readonly bias: Float32Array;
  readonly output: EightBits;
  /** A map that is added to the result before the activation. It is overwritten: nobody may read it afterwards. */
  readonly summand?: Quantised;
}

/**
 * Writes a convolution, whole or of a filter a channel, with no activation, ReLU or ReLU6: the operation has ReLU, and
 * rounding to eight bits cuts off what is larger. Numbers below 0 go in and out moved up by their offset, which the bias
 * takes away and adds: TensorFlow's operations with signed numbers have no sums, and its depthwise ones no signed numbers.
 */
export function writeConvolution(
  graph: GraphBuilder,
  layer: IntegerLayer,
  { input, shape, kernel, bias, output, summand }: IntegerConvolution,
): Quantised {
  const filters = [bias.length];
  const moved = movedBias(
    kernel,
    bias,
    offsetOf(input),
    offsetOf(output) - (summand ? offsetOf(summand) : 0),
  );
  const { x, attributes } = padded(graph, layer, input, shape);
  const inputs = [
    x,
    graph.constant(kernel.data, kernel.shape, DataType.qint8, `${layer.name}/kernel`),
    graph.constant(moved, filters, DataType.float32, `${layer.name}/bias`),
    ...ends(graph, input),
    graph.constant(
      kernel.maxima.map((value) => -value),
      filters,
      DataType.float32,
    ),
    graph.constant(kernel.maxima, filters, DataType.float32),
    ...ends(graph, output),
    ...(summand ? [summand.value, ...ends(graph, summand)] : []),
  ];
  const kind = layer.type === 'depthwise' ? 'DepthwiseConv2D' : 'Conv2D';
  const value = graph.node(
    `Quantized${kind}WithBias${summand ? 'Sum' : ''}AndReluAndRequantize`,
    inputs,
    {
      Tinput: quint8,
      Tfilter: { type: DataType.qint8 },
      Tbias: float32,
      ...(summand && { Tsummand: quint8 }),
      out_type: quint8,
      strides: { ints: [1, ...layer.stride, 1] },
      ...attributes,
    },
    { name: layer.name },
  );
  return { ...output, value };
}

/** The bias with which a layer reads numbers moved up by `read` and puts out such that are moved up by `put`. */
export function movedBias(
  { data, maxima }: QuantisedKernel,
  bias: Float32Array,
  read: number,
  put: number,
): Float32Array {
  const sums = new Float64Array(bias.length);
  if (read !== 0) {
    for (let i = 0; i < data.length; i++) sums[i % bias.length]! += data[i]!;
  }
  return bias.map((value, filter) => value - (read * sums[filter]! * maxima[filter]!) / 127 + put);
}

/** The padding: an attribute of whole convolutions; of depthwise ones only TensorFlow's own, any other is written out. */
function padded(
  graph: GraphBuilder,
  layer: IntegerLayer,
  { value }: Quantised,
  shape: Shape,
): { x: Output; attributes: Attributes } {
  const { top, bottom, left, right } = layer.padding;
  const sides = [0, 0, top, bottom, left, right, 0, 0];
  const valid = { padding: { text: 'VALID' } };
  if (layer.type === 'convolution')
    return { x: value, attributes: { ...valid, padding_list: { ints: sides } } };
  if (!isPadded(layer.padding)) return { x: value, attributes: valid };
  if (isSamePadding(layer, shape)) return { x: value, attributes: { padding: { text: 'SAME' } } };
  const bytes = graph.node('Bitcast', [value], { T: quint8, type: uint8 });
  const paddings = graph.constant(Int32Array.from(sides), [4, 2], DataType.int32);
  const zero = graph.constant(Uint8Array.of(0), [], DataType.uint8);
  const wider = graph.node('PadV2', [bytes, paddings, zero], {
    T: uint8,
    Tpaddings: { type: DataType.int32 },
  });
  return { x: graph.node('Bitcast', [wider], { T: uint8, type: quint8 }), attributes: valid };
}

const uint8 = { type: DataType.uint8 };
