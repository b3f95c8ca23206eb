/** A network's first convolution in eight-bit integers, on the pixels as they are. */
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import type { BatchNormLayer, ConvolutionLayer } from '../models/network.js';
import { type Quantised, quint8 } from './eight-bits.js';
import { quantiseKernel, type QuantisedKernel } from './quantise.js';

/** How pixels become what the convolution reads, channel by channel: scale · (pixel − mean) + shift. */
export interface PixelScaling {
  readonly scale: Float32Array;
  readonly mean: Float32Array;
  readonly shift: Float32Array;
}

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
  const kernel = quantiseKernel({ shape: [height, width, channels + 1, filters], data: wide });
  const meanColour = [...mean, insideValue];
  for (let i = 0; i < kernel.data.length; i++) {
    const [channel, filter] = [Math.floor(i / filters) % (channels + 1), i % filters];
    exact[filter]! -= (kernel.data[i]! * kernel.maxima[filter]! * meanColour[channel]!) / 127;
  }
  return { kernel, bias: Float32Array.from(exact) };
}

/** The weights of a convolution that reads what `pixelsWithInside` puts out, in place of pixels that `scaling` scales. */
export function pixelWeights(
  { name, filters }: ConvolutionLayer,
  scaling: BatchNormLayer,
  weights: Weights,
): { kernel: QuantisedKernel; bias: Float32Array } {
  const part = (of: string) => weights.get(`${scaling.name}/${of}`)!.data;
  const gamma = part('gamma');
  const scale = Float32Array.from(
    part('variance'),
    (value, c) => gamma[c]! / Math.sqrt(value + scaling.epsilon),
  );
  const bias = weights.get(`${name}/bias`)?.data ?? new Float32Array(filters);
  const kernel = weights.get(`${name}/kernel`)!;
  return pixelConvolution(kernel, bias as Float32Array, { scale, mean: part('mean'), shift: part('beta') });
}

/** With the further channel that `pixelConvolution` describes; a step of the scale is one step of a pixel. */
export function pixelsWithInside(graph: GraphBuilder, pixels: Output): Quantised {
  const sides = graph.constant(Int32Array.of(0, 0, 0, 0, 0, 0, 0, 1), [4, 2], DataType.int32);
  const inside = graph.constant(Uint8Array.of(insideValue), [], DataType.uint8);
  const attributes = { T: uint8, Tpaddings: { type: DataType.int32 } };
  const padded = graph.node('PadV2', [pixels, sides, inside], attributes);
  const value = graph.node('Bitcast', [padded], { T: uint8, type: quint8 });
  return { value, span: 255, zero: 0 };
}

const uint8 = { type: DataType.uint8 };
