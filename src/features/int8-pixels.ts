/** A network's first convolution in eight-bit integers, on the pixels as they are. */
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import type { BatchNormLayer, ConvolutionLayer } from '../models/network.js';
import { type Quantised, quint8 } from './eight-bits.js';
import { type PixelScaling, scalingOf } from './int8-layers.js';
import { type LargestWeight, quantiseKernel, type QuantisedKernel } from './quantise.js';

/** Of the channel that says where there is a picture; around it, where padding puts zeros, it is 0. */
export const insideValue = 255;

/**
 * The same convolution for pixels with one channel more, whose value is `insideValue` everywhere: Σ W·(s·(x − m) + b) is
 * Σ (W·s)·x plus, for each place of the window that lies inside the picture, Σ W·(b − s·m). The latter is the further
 * channel's weight, so that zeros around the picture stand for the zeros that the network was trained with. What
 * rounding takes from the weights is given back by the bias: inside a picture of the mean colour the result is exact.
 *
 * @param kernel [height, width, channels, filters].
 * @param bias [filters].
 */
export function pixelConvolution(
  { shape, data }: NamedTensor,
  bias: Float32Array,
  { scale, mean, shift }: PixelScaling,
  largest: LargestWeight = 127,
): { kernel: QuantisedKernel; bias: Float32Array } {
  const [height, width, channels, filters] = shape as [number, number, number, number];
  const places = height * width;
  const wide = new Float32Array(places * (channels + 1) * filters);
  const at = (place: number, channel: number, filter: number) =>
    (place * (channels + 1) + channel) * filters + filter;
  const exact = Float64Array.from(bias);
  for (let place = 0; place < places; place++) {
    for (let filter = 0; filter < filters; filter++) {
      let inside = 0;
      for (let c = 0; c < channels; c++) {
        const weight = data[(place * channels + c) * filters + filter]!;
        wide[at(place, c, filter)] = weight * scale[c]!;
        inside += weight * (shift[c]! - scale[c]! * mean[c]!);
        exact[filter]! += weight * shift[c]!;
      }
      wide[at(place, channels, filter)] = inside / insideValue;
    }
  }
  const kernel = quantiseKernel({ shape: [height, width, channels + 1, filters], data: wide }, largest);
  const meanColour = [...mean, insideValue];
  for (let i = 0; i < kernel.data.length; i++) {
    const [channel, filter] = [Math.floor(i / filters) % (channels + 1), i % filters];
    exact[filter]! -= (kernel.data[i]! * kernel.maxima[filter]! * meanColour[channel]!) / 127;
  }
  return { kernel, bias: Float32Array.from(exact) };
}

/** The weights of a convolution that reads what `InsideChannel` puts out, in place of pixels that `scaling` scales. */
export function pixelWeights(
  { name, filters }: ConvolutionLayer,
  scaling: BatchNormLayer,
  weights: Weights,
  largest: LargestWeight,
): { kernel: QuantisedKernel; bias: Float32Array } {
  const bias = weights.get(`${name}/bias`)?.data ?? new Float32Array(filters);
  const kernel = weights.get(`${name}/kernel`)!;
  return pixelConvolution(kernel, bias as Float32Array, scalingOf(scaling, weights), largest);
}

/** Pixels with the further channel that `pixelConvolution` describes, as a graph reads them; a step of the scale is one of a pixel. */
export function quantisedPixels(graph: GraphBuilder, wide: Output): Quantised {
  const value = graph.node('Bitcast', [wide], { T: uint8, type: quint8 });
  return { value, span: 255, zero: 0 };
}

/** The pixels themselves of such ones. */
export function withoutInside(graph: GraphBuilder, wide: Output, channels: number): Output {
  const attributes = { T: uint8, Index: { type: DataType.int32 } };
  return graph.node(
    'Slice',
    [wide, graph.ints([0, 0, 0, 0]), graph.ints([-1, -1, -1, channels])],
    attributes,
  );
}

/**
 * Adds the further channel, here and not in the graph: TensorFlow pads one value at a time. A picture of 224 × 224 takes
 * 0.06 ms, there 0.13 to 0.3 ms on two cores.
 */
export class InsideChannel {
  readonly #channels: number;
  /** Kept, since fresh memory takes longer to come than to be written. */
  #wide = new Uint8Array();

  /** @param channels of the pixels. */
  constructor(channels: number) {
    this.#channels = channels;
  }

  /**
   * @param pixels uint8 [count, height, width, channels].
   * @returns uint8 [count, height, width, channels + 1], until the next call.
   */
  addTo(pixels: Uint8Array): Uint8Array {
    const length = (pixels.length / this.#channels) * (this.#channels + 1);
    if (this.#wide.length < length) this.#wide = new Uint8Array(length);
    const wide = this.#wide.subarray(0, length);
    const inWords = this.#channels === 3 && pixels.length % 12 === 0 && pixels.byteOffset % 4 === 0;
    if (inWords) addInWords(pixels, wide);
    else addInBytes(pixels, wide, this.#channels);
    return wide;
  }
}

function addInBytes(pixels: Uint8Array, wide: Uint8Array, channels: number): void {
  for (let read = 0, put = 0; put < wide.length;) {
    for (let c = 0; c < channels; c++) wide[put++] = pixels[read++]!;
    wide[put++] = insideValue;
  }
}

/** Four pixels of three channels at a time, which are three words (little-endian, as TensorFlow's machines are). */
function addInWords(pixels: Uint8Array, wide: Uint8Array): void {
  const inside = insideValue << 24;
  const from = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  const to = new Int32Array(wide.buffer, wide.byteOffset, wide.length / 4);
  for (let read = 0, put = 0; read < from.length; read += 3, put += 4) {
    const [a, b, c] = [from[read]!, from[read + 1]!, from[read + 2]!];
    to[put] = a | inside;
    to[put + 1] = (a >>> 24) | (b << 8) | inside;
    to[put + 2] = (b >>> 16) | (c << 16) | inside;
    to[put + 3] = (c >>> 8) | inside;
  }
}

const uint8 = { type: DataType.uint8 };
