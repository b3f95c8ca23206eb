import type { WeightedNetwork } from '../models/compose.js';
import {
  type ConvolutionLayer,
  inputOf,
  type Layer,
  layerNamed,
  type Network,
  outputOf,
  type PoolLayer,
} from '../models/network.js';
import type { Calibration } from './calibrate.js';
import { dequantised, eightBitsOf, ends, float32, type Quantised, quantised, quint8 } from './eight-bits.js';
import { DataType, GraphBuilder, type Output } from '../graph/graph-def.js';
import { type IntegerLayer, writeConvolution } from './int8-convolution.js';
import { foldForInt8, int8Weights, type Int8Network } from './int8-weights.js';
import { castTo, NetworkWriter, poolAttributes } from '../models/network-graph.js';
import { hasTiledLayers } from './tile-program.js';
import { rangedLayer } from './int8-layers.js';
import { type TiledInt8, tiledInt8, writeTiledInt8 } from './tiled-int8.js';
import { openGraph, openPrefix, type Prefix } from './prefix.js';
import { InsideChannel, pixelWeights, quantisedPixels, withoutInside } from './int8-pixels.js';

/**
 * Compiles a frozen network for CPUs in eight-bit integers: weights int8 with a scale for each output channel,
 * activations uint8 with the calibrated ranges, those that may be below 0 moved up by a whole number of steps. The layers
 * of `planInt8` run as integers (oneDNN's kernels, VNNI where the CPU has it; in tiles where it has those, see
 * tiled-int8.ts); all others run in float32.
 */
export function compileInt8Prefix(
  weighted: WeightedNetwork,
  calibration: Calibration,
  { tiled = hasTiledLayers() }: { tiled?: boolean } = {},
): Prefix {
  const int8 = foldForInt8(weighted, calibration);
  const graph = new GraphBuilder();
  const writer = new Int8Writer(graph, int8, calibration, tiled ? tiledInt8(int8, calibration) : undefined);
  const { shape: own } = inputOf(int8.network);
  const channels = own.at(-1)!;
  const shape = writer.readsInside ? [...own.slice(0, -1), channels + 1] : own;
  const pixels = graph.placeholder(DataType.uint8, [-1, ...shape], 'pixels');
  graph.node('Identity', [writer.run(pixels)], { T: float32 }, { name: 'output' });
  const prefix = openPrefix(openGraph(graph), int8.network, shape);
  if (!writer.readsInside) return prefix;
  const inside = new InsideChannel(channels);
  return { ...prefix, run: (pixels, count) => prefix.run(inside.addTo(pixels), count) };
}

/** Writes each layer in integers or in float32, and the conversions between the two where layers differ. */
class Int8Writer {
  readonly #graph: GraphBuilder;
  readonly #network: Network;
  readonly #int8: Int8Network;
  readonly #calibration: Calibration;
  readonly #floatWriter: NetworkWriter;
  readonly #floats = new Map<string, Output>();
  readonly #quantised = new Map<string, Quantised>();
  readonly #tiled: TiledInt8 | undefined;
  /** Whether one of TensorFlow's operations reads pixels in integers, which need `InsideChannel`. */
  readonly readsInside: boolean;

  constructor(
    graph: GraphBuilder,
    int8: Int8Network,
    calibration: Calibration,
    tiled: TiledInt8 | undefined,
  ) {
    this.#tiled = tiled;
    this.readsInside = int8.plan.pixels.size > 0 && !tiled;
    this.#graph = graph;
    this.#network = int8.network;
    this.#int8 = int8;
    this.#calibration = calibration;
    this.#floatWriter = new NetworkWriter(graph, int8.weights, 'float32', 'fixed');
  }

  /** @param pixels uint8 [batch, height, width, channels], with `InsideChannel` where it is read. */
  run(pixels: Output): Output {
    const { integer, sums } = this.#int8.plan;
    const channels = inputOf(this.#network).shape.at(-1)!;
    const alone = this.readsInside ? withoutInside(this.#graph, pixels, channels) : pixels;
    const input = castTo(this.#graph, alone, 'uint8', 'float32');
    const done = new Set([...sums.values(), ...(this.#tiled?.layers ?? []).map(({ name }) => name)]);
    if (this.#tiled) this.#writeTiled(pixels, this.#tiled);
    for (const layer of this.#network.layers) {
      if (done.has(layer.name)) continue; // a convolution that sums: with the sum, when both maps are there
      if (layer.type === 'input') this.#floats.set(layer.name, input);
      else if (integer.has(layer.name)) this.#quantised.set(layer.name, this.#inIntegers(layer, pixels));
      else {
        const inputs = layer.inputs.map((name) => this.#float(name));
        this.#floats.set(layer.name, this.#floatWriter.layer(layer, inputs));
      }
    }
    return this.#float(outputOf(this.#network).name);
  }

  #writeTiled(pixels: Output, tiled: TiledInt8): void {
    const maps = writeTiledInt8(this.#graph, pixels, tiled, this.#network);
    for (const [name, value] of maps) {
      const ranged = rangedLayer(this.#network, this.#calibration.ranges, name);
      this.#quantised.set(name, { value, ...eightBitsOf(this.#calibration, ranged) });
    }
  }

  #inIntegers(layer: Layer, pixels: Output): Quantised {
    if (layer.type === 'maxPool') return this.#maxPool(layer);
    const summing = this.#int8.plan.sums.get(layer.name);
    if (summing === undefined) return this.#convolution(layer as IntegerLayer, layer.name, pixels);
    const other = layer.inputs.find((name) => name !== summing)!;
    const convolution = layerNamed(this.#network, summing) as IntegerLayer;
    return this.#convolution(convolution, layer.name, pixels, this.#integer(other));
  }

  /** @param output the layer whose values come out: the convolution itself, or the sum that it makes with `summand`. */
  #convolution(layer: IntegerLayer, output: string, pixels: Output, summand?: Quantised): Quantised {
    const { weights, plan } = this.#int8;
    const scaling = layer.type === 'convolution' ? plan.pixels.get(layer.name) : undefined;
    const input = layer.inputs[0]!;
    return writeConvolution(this.#graph, layer, {
      ...(scaling
        ? {
            input: quantisedPixels(this.#graph, pixels),
            ...pixelWeights(layer as ConvolutionLayer, scaling, weights, plan.largestWeight),
          }
        : { input: this.#integer(input), ...int8Weights(layer, weights, plan.largestWeight) }),
      shape: layerNamed(this.#network, input).shape,
      output: eightBitsOf(this.#calibration, output),
      ...(summand && { summand }),
    });
  }

  #maxPool(layer: PoolLayer): Quantised {
    const input = this.#integer(layer.inputs[0]!);
    const attributes = { T: quint8, ...poolAttributes(layer) };
    const inputs = [input.value, ...ends(this.#graph, input)];
    const value = this.#graph.node('QuantizedMaxPool', inputs, attributes, { name: layer.name });
    return { ...input, value };
  }

  #integer(name: string): Quantised {
    const known = this.#quantised.get(name);
    if (known) return known;
    const rounded = quantised(this.#graph, this.#float(name), eightBitsOf(this.#calibration, name));
    this.#quantised.set(name, rounded);
    return rounded;
  }

  #float(name: string): Output {
    const known = this.#floats.get(name);
    if (known) return known;
    const float = dequantised(this.#graph, this.#quantised.get(name)!);
    this.#floats.set(name, float);
    return float;
  }
}
