import { breathe } from '../runtime/breathe.js';
import { UserError } from '../runtime/errors.js';
import type { Rows } from './rows.js';

/**
 * How vectors are compared: brought to length 1, less the mean of the collection's, brought to length 1 again. Their
 * dot product is then the cosine of the angle at which two pictures differ from the usual picture. Measured against
 * plain cosines, whitening and others in docs/similar.md.
 */
export class CentredCosine {
  /** Of the collection's vectors of length 1. */
  readonly mean: Float32Array;

  constructor(mean: Float32Array) {
    this.mean = mean;
  }

  /**
   * Makes vectors comparable, in place.
   *
   * @param values rows of as many values as the mean has.
   * @throws UserError when there are values that are no numbers.
   */
  apply(values: Float32Array): Float32Array {
    const size = this.mean.length;
    for (let start = 0; start < values.length; start += size) {
      const row = values.subarray(start, start + size);
      toLengthOne(row);
      for (let i = 0; i < size; i++) row[i]! -= this.mean[i]!;
      toLengthOne(row);
    }
    return values;
  }
}

/** Reads all rows once, block by block, for their mean. */
export async function centredCosineOf(rows: Rows, signal?: AbortSignal): Promise<CentredCosine> {
  const sums = new Float64Array(rows.width);
  for (const { values } of rows.blocks()) {
    await breathe(signal);
    for (let start = 0; start < values.length; start += rows.width) {
      const row = values.subarray(start, start + rows.width);
      toLengthOne(row);
      for (let i = 0; i < rows.width; i++) sums[i]! += row[i]!;
    }
  }
  // of a single picture nothing would be left
  return new CentredCosine(Float32Array.from(sums, (sum) => (rows.count > 1 ? sum / rows.count : 0)));
}

/** A row of zeros stays one: it is like nothing. */
function toLengthOne(row: Float32Array): void {
  let squares = 0;
  for (let i = 0; i < row.length; i++) squares += row[i]! * row[i]!;
  if (!Number.isFinite(squares)) {
    throw new UserError(
      'Expected vectors of the pictures but the network puts out values that are no numbers: its weights are damaged.',
    );
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let i = 0; i < row.length; i++) row[i]! *= scale;
}
