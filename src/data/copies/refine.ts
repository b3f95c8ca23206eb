import { type Affine, centres } from './affine.js';

/** A placement and how well the two pictures correlate where they lie over one another, −1 to 1. */
export interface Aligned {
  readonly affine: Affine;
  readonly correlation: number;
}

const parameters = 6;

/** At least so much of a picture must lie over the other. */
export const leastOverlap = 0.3;

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

interface System {
  readonly correlation: number;
  /** JᵀJ, row by row. */
  readonly hessian: Float64Array;
  /** Jᵀ·(picture − mean), Jᵀ·(warped − mean). */
  readonly onPicture: Float64Array;
  readonly onWarped: Float64Array;
  /** Squares of warped − mean, and its product with picture − mean. */
  readonly warpedSquares: number;
  readonly product: number;
}

/** Sums over all pixels where both pictures are, each less its mean. */
function normalEquations(
  picture: Float32Array,
  other: Float32Array,
  { across, down }: Slopes,
  [a, b, c, d, e, f]: Affine,
  side: number,
): System | undefined {
  const places = centres[side]!;
  const hessian = new Float64Array(parameters * parameters);
  const [sums, onPicture, onWarped] = [0, 0, 0].map(() => new Float64Array(parameters)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let n = 0;
  let p1 = 0;
  let p2 = 0;
  let w1 = 0;
  let w2 = 0;
  let pw = 0;
  const row = new Float64Array(parameters);
  for (let i = 0; i < side; i++) {
    const y = places[i]!;
    for (let j = 0; j < side; j++) {
      const x = places[j]!;
      const right = ((a * x + b * y + c + 1) * side - 1) / 2;
      const below = ((d * x + e * y + f + 1) * side - 1) / 2;
      if (!(right >= 0 && below >= 0 && right <= side - 1 && below <= side - 1)) continue;
      const left = Math.min(side - 2, Math.floor(right));
      const top = Math.min(side - 2, Math.floor(below));
      const at = top * side + left;
      // bilinear, the same four neighbours for value and slopes
      const se = (right - left) * (below - top);
      const ne = right - left - se;
      const sw = below - top - se;
      const nw = 1 - ne - below + top;
      const w = nw * other[at]! + ne * other[at + 1]! + sw * other[at + side]! + se * other[at + side + 1]!;
      const gx =
        nw * across[at]! + ne * across[at + 1]! + sw * across[at + side]! + se * across[at + side + 1]!;
      const gy = nw * down[at]! + ne * down[at + 1]! + sw * down[at + side]! + se * down[at + side + 1]!;
      const p = picture[i * side + j]!;
      n++;
      p1 += p;
      p2 += p * p;
      w1 += w;
      w2 += w * w;
      pw += p * w;
      row[0] = gx * x;
      row[1] = gx * y;
      row[2] = gx;
      row[3] = gy * x;
      row[4] = gy * y;
      row[5] = gy;
      for (let k = 0; k < parameters; k++) {
        const value = row[k]!;
        sums[k]! += value;
        onPicture[k]! += value * p;
        onWarped[k]! += value * w;
        for (let l = 0; l <= k; l++) hessian[k * parameters + l]! += value * row[l]!;
      }
    }
  }
  if (n < leastOverlap * side * side) return undefined;
  const [pMean, wMean] = [p1 / n, w1 / n];
  const [pictureSquares, warpedSquares] = [p2 - n * pMean * pMean, w2 - n * wMean * wMean];
  if (pictureSquares < n || warpedSquares < n) return undefined; // nothing to see
  for (let k = 0; k < parameters; k++) {
    onPicture[k]! -= sums[k]! * pMean;
    onWarped[k]! -= sums[k]! * wMean;
    for (let l = 0; l <= k; l++) {
      hessian[k * parameters + l]! -= (sums[k]! * sums[l]!) / n;
      hessian[l * parameters + k] = hessian[k * parameters + l]!;
    }
  }
  const product = pw - n * pMean * wMean;
  const correlation = product / Math.sqrt(pictureSquares * warpedSquares);
  return { correlation, hessian, onPicture, onWarped, warpedSquares, product };
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

interface Slopes {
  readonly across: Float32Array;
  readonly down: Float32Array;
}

const known = new WeakMap<Float32Array, Slopes>();

/** Changes of value by place, places being from −1 to 1. */
function gradients(values: Float32Array, side: number): Slopes {
  const had = known.get(values);
  if (had) return had;
  const [across, down] = [new Float32Array(values.length), new Float32Array(values.length)];
  const clamp = (i: number) => Math.min(side - 1, Math.max(0, i));
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const at = i * side + j;
      across[at] = ((values[i * side + clamp(j + 1)]! - values[i * side + clamp(j - 1)]!) * side) / 4;
      down[at] = ((values[clamp(i + 1) * side + j]! - values[clamp(i - 1) * side + j]!) * side) / 4;
    }
  }
  const slopes = { across, down };
  known.set(values, slopes);
  return slopes;
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
