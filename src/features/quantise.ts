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
  for (let row = 0; row < data.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      const size = Math.abs(data[row + c]!);
      if (size > maxima[c]!) maxima[c] = size;
    }
  }
  // A channel of zeros keeps a scale that can be divided by.
  for (let c = 0; c < channels; c++) maxima[c] ||= 1e-6;
  const quantised = new Int8Array(data.length);
  for (let row = 0; row < data.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      // what Math.round gives, in half the time: quotients of float32 numbers do not come so near a half that adding rounds
      quantised[row + c] = Math.floor((data[row + c]! * 127) / maxima[c]! + 0.5);
    }
  }
  return { shape, data: quantised, maxima };
}
