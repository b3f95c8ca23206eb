/** Whether engines compute the same network: before a time counts, its outputs must agree with the reference's. */

export interface Agreement {
  /** Between an output row and the reference's, the mean over the rows. */
  readonly cosine: number;
  /** The largest ‖row − reference‖ / ‖reference‖. */
  readonly relativeError: number;
}

/** Compares row by row. */
export function agreement(outputs: Float32Array, reference: Float32Array, rows: number): Agreement {
  if (outputs.length !== reference.length)
    throw new Error(`expected ${reference.length} outputs but received ${outputs.length}`);
  const size = reference.length / rows;
  let cosines = 0;
  let relativeError = 0;
  for (let row = 0; row < rows; row++) {
    let [dot, own, other, difference] = [0, 0, 0, 0];
    for (let i = row * size; i < (row + 1) * size; i++) {
      const [a, b] = [outputs[i]!, reference[i]!];
      dot += a * b;
      own += a * a;
      other += b * b;
      difference += (a - b) ** 2;
    }
    cosines += dot / Math.sqrt(own * other);
    relativeError = Math.max(relativeError, Math.sqrt(difference / other));
  }
  return { cosine: cosines / rows, relativeError };
}
