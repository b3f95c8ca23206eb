/** Below this, features in low precision are not used in place of float32's. */
export const leastCosine = 0.995;

/** How close a network in low precision comes to float32. */
export interface Fidelity {
  /** Cosine between a picture's outputs in both: the mean over pictures. */
  readonly cosine: number;
  /** Of the picture where they differ most. */
  readonly lowestCosine: number;
  /** Whether the mean reaches `leastCosine`. */
  readonly good: boolean;
}

/**
 * Compares the outputs of two graphs of the same network for the same pictures, which calibration must not have
 * seen: float32 [count, …] each.
 */
export function fidelity(reduced: Float32Array, reference: Float32Array, count: number): Fidelity {
  const size = reference.length / count;
  const cosines = Array.from({ length: count }, (_, i) =>
    cosine(reduced.subarray(i * size, (i + 1) * size), reference.subarray(i * size, (i + 1) * size)),
  );
  const mean = cosines.reduce((sum, value) => sum + value, 0) / count;
  return { cosine: mean, lowestCosine: Math.min(...cosines), good: mean >= leastCosine };
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
