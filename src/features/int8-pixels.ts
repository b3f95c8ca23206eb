/** A network's first convolution in eight-bit integers, on the pixels as they are. */
import type { NamedTensor } from '../formats/tensors.js';
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
