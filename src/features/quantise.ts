/** Eight-bit integers for weights and activations (Jacob et al. 2018; Krishnamoorthi 2018, section 3.1). */
import type { NamedTensor } from '../formats/tensors.js';

/**
 * The largest weight in eight bits; and where a processor adds two products of eight-bit numbers in sixteen bits, which may
 * not be too few for them: 2 · 255 · 64 is less than 2¹⁵.
 */
export type LargestWeight = 127 | 64;

/** A kernel in int8: value ≈ data · what 127 stands for in its output channel / 127. */
export interface QuantisedKernel {
  readonly shape: readonly number[];
  readonly data: Int8Array;
  /** What 127 stands for in each output channel: its largest absolute value, or about twice that where no weight exceeds 64. */
  readonly maxima: Float32Array;
}

/** Quantises a kernel symmetrically, each output channel (the last dimension) with a scale of its own. */
export function quantiseKernel({ shape, data }: NamedTensor, largest: LargestWeight = 127): QuantisedKernel {
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
      quantised[row + c] = Math.floor((data[row + c]! * largest) / maxima[c]! + 0.5);
    }
  }
  return { shape, data: quantised, maxima: maxima.map((maximum) => (maximum * 127) / largest) };
}
