/** Eight-bit integers for weights and activations (Jacob et al. 2018; Krishnamoorthi 2018, section 3.1). */
import type { NamedTensor } from '../formats/tensors.js';

/** A kernel in int8: value ≈ data · maximum of its output channel / 127. */
export interface QuantisedKernel {
  readonly shape: readonly number[];
  readonly data: Int8Array;
  /** The largest absolute value of each output channel. */
  readonly maxima: Float32Array;
}

/** Quantises a kernel symmetrically, each output channel (the last dimension) with a scale of its own. */
export function quantiseKernel({ shape, data }: NamedTensor): QuantisedKernel {
  const channels = shape.at(-1)!;
  const maxima = new Float32Array(channels);
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]!);
    if (size > maxima[i % channels]!) maxima[i % channels] = size;
  }
  // A channel of zeros keeps a scale that can be divided by.
  for (let c = 0; c < channels; c++) maxima[c] ||= 1e-6;
  const quantised = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) quantised[i] = Math.round((data[i]! * 127) / maxima[i % channels]!);
  return { shape, data: quantised, maxima };
}
