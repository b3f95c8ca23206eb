import type { OnnxGraph } from '../formats/onnx-writer.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { type Layer, type Network, networkAfter, outputOf } from '../models/network.js';
import { writeOnnxLayer } from './onnx-layers.js';

/** What eight bits without a sign stand for: (value − zero) · span / 255. */
interface Bits {
  readonly span: number;
  readonly zero: number;
}

/** Which layers of a network compute in eight-bit integers, and the ranges of their values. */
export interface Int8Layers {
  /** The last layer of the frozen part; those behind it stay in float32. */
  readonly cut: string;
  /** The frozen part without batch normalisations, its biases as they are in eight bits. */
  readonly frozen: WeightedNetwork;
  /** Convolutions, max pools and sums of it, but for convolutions that read pixels: see `planInt8`. */
  readonly integer: ReadonlySet<string>;
  /** For each sum in integers the convolution that makes it: see `planInt8`. */
  readonly sums: ReadonlyMap<string, string>;
  /** For each layer that is quantised, what its eight bits stand for. */
  readonly bits: ReadonlyMap<string, Bits>;
  /** The largest whole number of a kernel: 127, or less where sums of products have little room. */
  readonly largestWeight: number;
}

/**
 * Writes a network whose layers up to `cut` compute in eight-bit integers, the same ones as in `compileInt8Prefix` but for
 * the convolution that reads pixels: kernels int8 with a scale for each filter, activations uint8 with their calibrated
 * ranges, biases int32.
 *
 * @param pictures the input layer's values in the graph.
 * @returns the name of the last layer's output.
 */
export function writeOnnxInt8(
  graph: OnnxGraph,
  { network, weights }: WeightedNetwork,
  int8: Int8Layers,
  pictures: string,
): string {
  const { cut } = int8;
  const outputs = new Map<string, string>();
  const last = new Int8Writer(graph, int8).run(pictures);
  outputs.set(cut, last);
  for (const layer of networkAfter(network, cut).layers) {
    if (layer.type === 'input') continue;
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    outputs.set(layer.name, writeOnnxLayer(graph, layer, inputs, weights));
  }
  return outputs.get(outputOf(network).name)!;
}

class Int8Writer {
  readonly #graph: OnnxGraph;
  readonly #network: Network;
  readonly #weights: Weights;
  readonly #int8: Int8Layers;
  readonly #summing: ReadonlySet<string>;
  /** Each layer's output in float32: of layers in integers, as it comes out of their eight bits. */
  readonly #outputs = new Map<string, string>();
  readonly #rounded = new Map<string, Bits & { readonly value: string }>();

  constructor(graph: OnnxGraph, int8: Int8Layers) {
    this.#graph = graph;
    this.#network = int8.frozen.network;
    this.#weights = int8.frozen.weights;
    this.#int8 = int8;
    this.#summing = new Set(int8.sums.values());
  }

  run(pictures: string): string {
    const { integer } = this.#int8;
    for (const layer of this.#network.layers) {
      if (layer.type === 'input') this.#outputs.set(layer.name, pictures);
      else if (layer.type === 'add' && integer.has(layer.name)) this.#sum(layer);
      else if (integer.has(layer.name)) this.#inIntegers(layer);
      else {
        const inputs = layer.inputs.map((name) => this.#outputs.get(name)!);
        this.#outputs.set(layer.name, writeOnnxLayer(this.#graph, layer, inputs, this.#weights));
      }
    }
    return this.#outputs.get(outputOf(this.#network).name)!;
  }

  /** A convolution or a max pool, whose inputs and outputs go through eight bits. */
  #inIntegers(layer: Layer): void {
    const input = this.#throughEightBits(layer.inputs[0]!);
    const step = input.span / 255;
    const kernel = this.#weights.get(`${layer.name}/kernel`);
    const scales: number[] = [];
    const value = writeOnnxLayer(this.#graph, layer, [input.value], this.#weights, (part, name, tensor) => {
      if (part === 'bias')
        return this.#bias(
          name,
          tensor,
          scales.map((scale) => scale * step),
        );
      const rows = quantiseRows(tensor, this.#int8.largestWeight, this.#leastScales(layer, step));
      scales.push(...rows.scales);
      return this.#dequantised(name, { shape: tensor.shape, data: rows.data }, scales);
    });
    this.#outputs.set(layer.name, value);
    if (this.#summing.has(layer.name)) return; // what it puts out is rounded with the sum
    // A max pool chooses among values of eight bits: its range is its input's.
    this.#outputs.set(layer.name, this.#throughEightBits(layer.name, kernel ? undefined : input).value);
  }

  /** A sum of what a convolution has made, not rounded yet, and of another map in eight bits. */
  #sum(layer: Layer): void {
    const inputs = layer.inputs.map((name) =>
      this.#summing.has(name) ? this.#outputs.get(name)! : this.#throughEightBits(name).value,
    );
    this.#outputs.set(layer.name, writeOnnxLayer(this.#graph, layer, inputs, this.#weights));
    this.#outputs.set(layer.name, this.#throughEightBits(layer.name).value);
  }

  /** Those with which a filter's bias, in steps of its products, is at most 2³⁰: half of what 32 bits hold. */
  #leastScales(layer: Layer, inputScale: number): Float64Array | undefined {
    const bias = this.#weights.get(`${layer.name}/bias`);
    return bias && Float64Array.from(bias.data, (value) => Math.abs(value) / (inputScale * 2 ** 30));
  }

  #throughEightBits(name: string, as?: Bits): Bits & { readonly value: string } {
    const known = this.#rounded.get(name);
    if (known) return known;
    const graph = this.#graph;
    const { span, zero } = as ?? this.#bits(name);
    const settings = [
      graph.scalar(Math.fround(span / 255)),
      graph.tensor(zero === 0 ? 'zero' : `zero at ${zero}`, { shape: [], data: Uint8Array.of(zero) }),
    ] as const;
    const eightBits = graph.node('QuantizeLinear', [this.#outputs.get(name)!, ...settings]);
    const value = graph.node('DequantizeLinear', [eightBits, ...settings], {}, { name: `${name}/rounded` });
    const rounded = { span, zero, value };
    this.#rounded.set(name, rounded);
    return rounded;
  }

  /** Whole steps of an input's step times a kernel's, as sums of their products come. */
  #bias(name: string, { shape, data }: NamedTensor, scales: readonly number[]): string {
    const steps = Int32Array.from(data, (value, i) =>
      Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value / scales[i]!))),
    );
    return this.#dequantised(name, { shape, data: steps }, scales);
  }

  /** A weight in whole numbers, and beside it the step of each row. */
  #dequantised(
    name: string,
    stored: { readonly shape: readonly number[]; readonly data: Int8Array | Int32Array },
    scales: readonly number[],
  ): string {
    const graph = this.#graph;
    const row = { shape: [scales.length], data: Float32Array.from(scales) };
    const zeros =
      stored.data instanceof Int8Array ? new Int8Array(scales.length) : new Int32Array(scales.length);
    const inputs = [
      graph.tensor(name, stored),
      graph.tensor(`${name}/scale`, row),
      graph.tensor(`${name}/zero`, { shape: [scales.length], data: zeros }),
    ];
    return graph.node('DequantizeLinear', inputs, { axis: { int: 0 } }, { name: `${name}/float` });
  }

  #bits(name: string): Bits {
    const bits = this.#int8.bits.get(name);
    if (bits === undefined) throw new Error(`the calibration has no range of '${name}'`);
    return bits;
  }
}

/**
 * A kernel in int8, each filter (the first dimension, as ONNX has it) with a step of its own: value ≈ data · scale
 * (Krishnamoorthi 2018, section 3.1).
 *
 * @param most the largest of a filter; less for one so small that its bias would be too many of its steps: a dead filter is
 *   little more than its bias.
 */
export function quantiseRows(
  { shape, data }: NamedTensor,
  most: number,
  least?: Float64Array,
): { data: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(shape[0]!);
  const length = data.length / scales.length;
  const quantised = new Int8Array(data.length);
  for (let row = 0; row < scales.length; row++) {
    const values = data.subarray(row * length, (row + 1) * length);
    const largest = values.reduce((so, value) => Math.max(so, Math.abs(value)), 0) || 1e-6;
    const maximum = Math.max(largest, most * (least?.[row] ?? 0));
    scales[row] = maximum / most;
    for (const [i, value] of values.entries()) {
      quantised[row * length + i] = Math.round((value * most) / maximum);
    }
  }
  return { data: quantised, scales };
}
