import type { Affine } from './affine.js';
import { gradients, normalEquations, type System } from './normal-equations.js';

/** A placement and how well the two pictures correlate where they lie over one another, −1 to 1. */
export interface Aligned {
  readonly affine: Affine;
  readonly correlation: number;
}

/**
 * Moves `other` until it lies best on `picture`: the enhanced correlation coefficient is raised step by step by
 * Gauss–Newton on all six numbers of the affine map, whatever the brightness and contrast of either (G. D. Evangelidis,
 * E. Z. Psarakis 2008). Undefined where the pictures lose one another.
 */
export function refine(
  picture: Float32Array,
  other: Float32Array,
  start: Affine,
  { side, steps }: { readonly side: number; readonly steps: number },
): Aligned | undefined {
  const slopes = gradients(other, side);
  let affine = start;
  let best: Aligned | undefined;
  for (let step = 0; step <= steps; step++) {
    const system = normalEquations(picture, other, slopes, affine, side);
    if (!system) break;
    if (best && system.correlation < best.correlation + 1e-4) {
      if (system.correlation > best.correlation) best = { affine, correlation: system.correlation };
      break;
    }
    best = { affine, correlation: system.correlation };
    const change = step < steps ? enhanced(system) : undefined;
    if (!change) break;
    affine = affine.map((value, i) => value + change[i]!) as unknown as Affine;
  }
  return best;
}

/** The step that raises the correlation most, to first order. */
function enhanced({ hessian, onPicture, onWarped, warpedSquares, product }: System) {
  const byWarped = solved(hessian, onWarped);
  const byPicture = solved(hessian, onPicture);
  if (!byWarped || !byPicture) return undefined;
  const numerator = warpedSquares - dot(onWarped, byWarped);
  const denominator = product - dot(onPicture, byWarped);
  if (!(denominator > 0)) return undefined;
  const factor = numerator / denominator;
  return byPicture.map((value, i) => factor * value - byWarped[i]!);
}

/** x of A·x = y for a symmetric positive matrix, by Cholesky's decomposition. */
function solved(matrix: Float64Array, y: Float64Array): Float64Array | undefined {
  const n = y.length;
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum > 1e-9 * matrix[i * n + i]!) lower[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  const x = Float64Array.from(y);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
