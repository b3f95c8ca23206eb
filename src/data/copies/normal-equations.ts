import { type Affine, centres } from './affine.js';

const parameters = 6;

/** At least so much of a picture must lie over the other. */
export const leastOverlap = 0.3;

export interface System {
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
export function normalEquations(
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
      const ax = gx * x;
      const ay = gx * y;
      const dx = gy * x;
      const dy = gy * y;
      addScaled(sums, 1, ax, ay, gx, dx, dy, gy);
      addScaled(onPicture, p, ax, ay, gx, dx, dy, gy);
      addScaled(onWarped, w, ax, ay, gx, dx, dy, gy);
      addProducts(hessian, ax, ay, gx, dx, dy, gy);
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

/** Adds six values, times a factor, to six sums. */
function addScaled(
  out: Float64Array,
  factor: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
): void {
  out[0]! += a * factor;
  out[1]! += b * factor;
  out[2]! += c * factor;
  out[3]! += d * factor;
  out[4]! += e * factor;
  out[5]! += f * factor;
}

/** Adds all products of six values to the lower triangle of a matrix: without loops, which take twice as long. */
function addProducts(
  out: Float64Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
): void {
  out[0]! += a * a;
  out[6]! += b * a;
  out[7]! += b * b;
  out[12]! += c * a;
  out[13]! += c * b;
  out[14]! += c * c;
  out[18]! += d * a;
  out[19]! += d * b;
  out[20]! += d * c;
  out[21]! += d * d;
  out[24]! += e * a;
  out[25]! += e * b;
  out[26]! += e * c;
  out[27]! += e * d;
  out[28]! += e * e;
  out[30]! += f * a;
  out[31]! += f * b;
  out[32]! += f * c;
  out[33]! += f * d;
  out[34]! += f * e;
  out[35]! += f * f;
}

export interface Slopes {
  readonly across: Float32Array;
  readonly down: Float32Array;
}

const known = new WeakMap<Float32Array, Slopes>();

/** Changes of value by place, places being from −1 to 1. */
export function gradients(values: Float32Array, side: number): Slopes {
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
