import type { WeightedNetwork } from '../models/compose.js';
import {
  type BatchNormLayer,
  type ConvolutionLayer,
  inputOf,
  type Network,
  outputOf,
  type PoolLayer,
} from '../models/network.js';
import type { Weights } from '../formats/tensors.js';
import type { Calibration } from './calibrate.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { DataType, GraphBuilder, graphDef, type Output, output } from '../graph/graph-def.js';
import { type Int8Plan, planInt8 } from './int8-plan.js';
import { castTo, NetworkWriter, poolAttributes } from '../models/network-graph.js';
import { openPrefix, type Prefix } from './prefix.js';
import { insideValue, pixelConvolution } from './int8-pixels.js';
import { quantiseKernel, type QuantisedKernel } from './quantise.js';
import { Session } from '../graph/session.js';

/** A value in eight bits with the range that they span. */
interface Quantised {
  readonly value: Output;
  readonly minimum: Output;
  readonly maximum: Output;
}

/**
 * Compiles a frozen network for CPUs in eight-bit integers: weights int8 with a scale for each output channel,
 * activations uint8 with the calibrated ranges. Convolutions with ReLU that read pixels or non-negative maps, and the
 * max pools between them, run as integers (oneDNN's kernels, VNNI where the CPU has it); all others run in float32.
 */
export function compileInt8Prefix(weighted: WeightedNetwork, calibration: Calibration): Prefix {
  const { network, weights } = foldBatchNorm(weighted);
  const graph = new GraphBuilder();
  const pixels = graph.placeholder(DataType.uint8, [-1, ...inputOf(network).shape], 'pixels');
  const writer = new Int8Writer(graph, network, weights, calibration);
  graph.node('Identity', [writer.run(pixels)], { T: float32 }, { name: 'output' });
  return openPrefix(new Session(graphDef([graph.fragment()])), network);
}

const float32 = { type: DataType.float32 };
const uint8 = { type: DataType.quint8 };

/** Writes each layer in integers or in float32, and the conversions between the two where layers differ. */
class Int8Writer {
  readonly #graph: GraphBuilder;
  readonly #network: Network;
  readonly #plan: Int8Plan;
  readonly #weights: Weights;
  readonly #ranges: Calibration['ranges'];
  readonly #floatWriter: NetworkWriter;
  readonly #floats = new Map<string, Output>();
  readonly #quantised = new Map<string, Quantised>();

  constructor(graph: GraphBuilder, network: Network, weights: Weights, { ranges, pixels }: Calibration) {
    this.#graph = graph;
    this.#network = network;
    this.#plan = planInt8(network, pixels ?? false);
    this.#weights = weights;
    this.#ranges = ranges;
    this.#floatWriter = new NetworkWriter(graph, weights);
  }

  /** @param pixels uint8 [batch, height, width, channels]. */
  run(pixels: Output): Output {
    const { integer } = this.#plan;
    const input = castTo(this.#graph, pixels, 'uint8', 'float32');
    for (const layer of this.#network.layers) {
      if (layer.type === 'input') this.#floats.set(layer.name, input);
      else if (layer.type === 'convolution' && integer.has(layer.name)) this.#convolution(layer, pixels);
      else if (layer.type === 'maxPool' && integer.has(layer.name)) this.#maxPool(layer);
      else {
        const inputs = layer.inputs.map((name) => this.#float(name));
        this.#floats.set(layer.name, this.#floatWriter.layer(layer, inputs));
      }
    }
    return this.#float(outputOf(this.#network).name);
  }

  #convolution(layer: ConvolutionLayer, pixels: Output): void {
    const graph = this.#graph;
    const scaling = this.#plan.pixels.get(layer.name);
    const x = scaling ? this.#pixels(pixels) : this.#integer(layer.inputs[0]!);
    const { kernel, bias } = this.#parameters(layer, scaling);
    const filters = [layer.filters];
    const { top, bottom, left, right } = layer.padding;
    const value = graph.node(
      'QuantizedConv2DWithBiasAndReluAndRequantize',
      [
        x.value,
        graph.constant(kernel.data, kernel.shape, DataType.qint8, `${layer.name}/kernel`),
        graph.constant(bias, filters, DataType.float32, `${layer.name}/bias`),
        x.minimum,
        x.maximum,
        graph.constant(
          kernel.maxima.map((value) => -value),
          filters,
          DataType.float32,
        ),
        graph.constant(kernel.maxima, filters, DataType.float32),
        graph.scalar(0),
        graph.scalar(this.#range(layer.name)),
      ],
      {
        Tinput: uint8,
        Tfilter: { type: DataType.qint8 },
        Tbias: float32,
        out_type: uint8,
        strides: { ints: [1, ...layer.stride, 1] },
        padding: { text: 'VALID' },
        padding_list: { ints: [0, 0, top, bottom, left, right, 0, 0] },
      },
      { name: layer.name },
    );
    this.#quantised.set(layer.name, triple(value));
  }

  #parameters(
    { name, filters }: ConvolutionLayer,
    scaling: BatchNormLayer | undefined,
  ): { kernel: QuantisedKernel; bias: Float32Array } {
    const kernel = this.#weights.get(`${name}/kernel`)!;
    const bias = (this.#weights.get(`${name}/bias`)?.data ?? new Float32Array(filters)) as Float32Array;
    if (!scaling) return { kernel: quantiseKernel(kernel), bias };
    const part = (of: string) => this.#weights.get(`${scaling.name}/${of}`)!.data;
    const gamma = part('gamma');
    const scale = Float32Array.from(
      part('variance'),
      (value, c) => gamma[c]! / Math.sqrt(value + scaling.epsilon),
    );
    return pixelConvolution(kernel, bias, { scale, mean: part('mean'), shift: part('beta') });
  }

  /** With the further channel that `pixelConvolution` describes; a step of the scale is one step of a pixel. */
  #pixels(pixels: Output): Quantised {
    const graph = this.#graph;
    const sides = graph.constant(Int32Array.of(0, 0, 0, 0, 0, 0, 0, 1), [4, 2], DataType.int32);
    const inside = graph.constant(Uint8Array.of(insideValue), [], DataType.uint8);
    const attributes = { T: { type: DataType.uint8 }, Tpaddings: { type: DataType.int32 } };
    const padded = graph.node('PadV2', [pixels, sides, inside], attributes);
    const value = graph.node('Bitcast', [padded], { T: { type: DataType.uint8 }, type: uint8 });
    return { value, minimum: graph.scalar(0), maximum: graph.scalar(255) };
  }

  #maxPool(layer: PoolLayer): void {
    const { value, minimum, maximum } = this.#integer(layer.inputs[0]!);
    const attributes = { T: uint8, ...poolAttributes(layer) };
    const pooled = this.#graph.node('QuantizedMaxPool', [value, minimum, maximum], attributes, {
      name: layer.name,
    });
    this.#quantised.set(layer.name, triple(pooled));
  }

  #integer(name: string): Quantised {
    const known = this.#quantised.get(name);
    if (known) return known;
    const range = [this.#graph.scalar(0), this.#graph.scalar(this.#range(name))];
    const attributes = { T: uint8, mode: { text: 'SCALED' } };
    const quantised = triple(this.#graph.node('QuantizeV2', [this.#float(name), ...range], attributes));
    this.#quantised.set(name, quantised);
    return quantised;
  }

  #float(name: string): Output {
    const known = this.#floats.get(name);
    if (known) return known;
    const { value, minimum, maximum } = this.#quantised.get(name)!;
    const attributes = { T: uint8, mode: { text: 'SCALED' } };
    const float = this.#graph.node('Dequantize', [value, minimum, maximum], attributes);
    this.#floats.set(name, float);
    return float;
  }

  #range(name: string): number {
    const range = this.#ranges[name];
    if (range === undefined) throw new Error(`the calibration has no range of '${name}'`);
    return range;
  }
}

function triple(first: Output): Quantised {
  return { value: first, minimum: output(first, 1), maximum: output(first, 2) };
}
