import type { PixelBatch } from './calibrate.js';
import type { Prefix } from './prefix.js';

/** How close a network in low precision comes to float32. */
export interface Fidelity {
  /** Cosine between a picture's outputs in both: the mean over pictures. */
  readonly cosine: number;
  /** Of the picture where they differ most. */
  readonly lowestCosine: number;
  /** Whether the mean reaches 0.995. */
  readonly good: boolean;
}

/** Compares two graphs of the same network on pictures that calibration has not seen. */
export function fidelity(reduced: Prefix, reference: Prefix, { pixels, count }: PixelBatch): Fidelity {
  const [a, b] = [reduced.run(pixels, count), reference.run(pixels, count)];
  const size = a.length / count;
  const cosines = Array.from({ length: count }, (_, i) =>
    cosine(a.subarray(i * size, (i + 1) * size), b.subarray(i * size, (i + 1) * size)),
  );
  const mean = cosines.reduce((sum, value) => sum + value, 0) / count;
  return { cosine: mean, lowestCosine: Math.min(...cosines), good: mean >= 0.995 };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return dot / Math.sqrt(aa * bb);
}
