import type { Random } from '../runtime/random.js';

/** Red, green and blue. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Along what, and how far, the colours of pictures differ. */
export interface ColourComponents {
  /** Three directions in RGB of length 1, at right angles to each other, the most varied first. */
  readonly directions: readonly [Colour, Colour, Colour];
  /** The variance along each, of values from 0 to 1. */
  readonly variances: Colour;
}

/**
 * The principal components of the colours of `pixels`: the eigenvectors and eigenvalues of their covariance.
 *
 * @param pixels RGB values 0 to 255, one pixel after the other, of as many pictures as there are.
 */
export function colourComponents(pixels: Uint8Array): ColourComponents {
  const { vectors, values } = eigen(covariance(pixels));
  const order = [0, 1, 2].sort((a, b) => values[b]! - values[a]!);
  const direction = (i: number) => {
    const vector = vectors.map((row) => row[i]!) as [number, number, number];
    // Of the two ends of an axis the one towards more light.
    const sign = vector[0] + vector[1] + vector[2] < 0 ? -1 : 1;
    return vector.map((value) => sign * value) as unknown as Colour;
  };
  return {
    directions: order.map(direction) as unknown as ColourComponents['directions'],
    variances: order.map((i) => values[i]!) as unknown as Colour,
  };
}

/**
 * A random change of light, the same for every pixel of a picture: Σ αᵢ λᵢ pᵢ over the components' directions p and
 * variances λ, with α normal of deviation `deviation` (Krizhevsky et al. 2012, section 4.1). Colours change most in the
 * way in which pictures differ anyway, so that a subject is known in another light.
 *
 * The paper does not say on which scale it takes variances; here, as is usual, that of values from 0 to 1. Their
 * square roots, of which the paper makes no use, would not depend on it.
 *
 * @param deviation 0.1 in the paper.
 * @returns what to add to red, green and blue values from 0 to 255.
 */
export function randomLight(
  { directions, variances }: ColourComponents,
  random: Random,
  deviation = 0.1,
): Colour {
  const amounts = variances.map((variance) => deviation * random.normal() * variance);
  return [0, 1, 2].map(
    (channel) => 255 * directions.reduce((sum, direction, i) => sum + amounts[i]! * direction[channel]!, 0),
  ) as unknown as Colour;
}

/** The pixels with `light` added to each, kept within 0 to 255. `pixels`: RGB, one pixel after the other. */
export function inLight(pixels: Uint8Array, light: Colour): Uint8Array {
  const clamped = Uint8ClampedArray.from(pixels, (value, i) => value + light[i % 3]!);
  return new Uint8Array(clamped.buffer);
}

type Matrix3 = number[][];

function covariance(pixels: Uint8Array): Matrix3 {
  const count = pixels.length / 3;
  const sums = [0, 0, 0];
  const products = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let i = 0; i < pixels.length; i += 3) {
    for (let a = 0; a < 3; a++) {
      sums[a]! += pixels[i + a]!;
      for (let b = 0; b < 3; b++) products[a]![b]! += pixels[i + a]! * pixels[i + b]!;
    }
  }
  return products.map((row, a) =>
    row.map((product, b) => (product / count - (sums[a]! / count) * (sums[b]! / count)) / 255 ** 2),
  );
}

/** Eigenvectors (columns) and eigenvalues of a symmetric matrix, by Jacobi's rotations (1846). */
function eigen(matrix: Matrix3): { vectors: Matrix3; values: number[] } {
  const a = matrix.map((row) => [...row]);
  const vectors = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  // Convergence is quadratic: for three dimensions a handful of sweeps reaches the last digit.
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      if (a[p]![q] === 0) continue;
      const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[p]![p]! - a[q]![q]!);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      turnColumns(a, p, q, cos, sin);
      turnRows(a, p, q, cos, sin);
      turnColumns(vectors, p, q, cos, sin);
    }
  }
  return { vectors, values: a.map((row, i) => row[i]!) };
}

function turnColumns(m: Matrix3, p: number, q: number, cos: number, sin: number): void {
  for (const row of m) [row[p], row[q]] = [cos * row[p]! + sin * row[q]!, cos * row[q]! - sin * row[p]!];
}

function turnRows(m: Matrix3, p: number, q: number, cos: number, sin: number): void {
  for (let k = 0; k < 3; k++) {
    [m[p]![k], m[q]![k]] = [cos * m[p]![k]! + sin * m[q]![k]!, cos * m[q]![k]! - sin * m[p]![k]!];
  }
}
