/**
 * The lower triangle L of a symmetric positive definite matrix with L·Lᵀ = matrix, row after row (Golub & Van Loan 2013,
 * algorithm 4.2.1 by rows).
 *
 * @param matrix [size, size]; only its lower triangle is read.
 * @throws when it is not positive definite.
 */
export function choleskyFactor(matrix: ArrayLike<number>, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= factor[row + k]! * factor[other + k]!;
      if (i > j) factor[row + j] = sum / factor[other + j]!;
      else if (sum > 0) factor[row + i] = Math.sqrt(sum);
      else throw new Error(`expected a positive definite matrix but its pivot ${i} is ${sum}`);
    }
  }
  return factor;
}

/** X with L·X = B for a lower triangle L [size, size] and B [size, columns]. */
export function solveLower(
  factor: Float64Array,
  size: number,
  b: Float64Array,
  columns: number,
): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, i, k, columns, factor[i * size + k]!);
    scaleRow(x, i, columns, factor[i * size + i]!);
  }
  return x;
}

/** X with Lᵀ·X = B for a lower triangle L [size, size] and B [size, columns]. */
export function solveLowerTransposed(
  factor: Float64Array,
  size: number,
  b: Float64Array,
  columns: number,
): Float64Array {
  const x = Float64Array.from(b);
  for (let i = size - 1; i >= 0; i--) {
    scaleRow(x, i, columns, factor[i * size + i]!);
    for (let k = 0; k < i; k++) subtractRow(x, k, i, columns, factor[i * size + k]!);
  }
  return x;
}

function subtractRow(x: Float64Array, from: number, row: number, columns: number, factor: number): void {
  if (factor === 0) return;
  for (let c = 0; c < columns; c++) x[from * columns + c]! -= factor * x[row * columns + c]!;
}

function scaleRow(x: Float64Array, row: number, columns: number, divisor: number): void {
  for (let c = 0; c < columns; c++) x[row * columns + c]! /= divisor;
}
