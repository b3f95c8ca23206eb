import { choleskyFactor, solveLower, solveLowerTransposed } from './cholesky.js';

/** A linear classifier: kernel [features, classes] and then bias [classes]. */
export type LinearPoint = Float64Array;

/**
 * Linear discriminant analysis with a shrunken covariance (Friedman 1989, section 4): each class a normal distribution
 * around its mean, all with one covariance, which is pulled towards a sphere:
 *
 *     W = A⁻¹·Mᵀ,   b_k = ln(share of k) − ½·m_k·W_k,   A = (1 − shrinkage)·S + shrinkage·(trace S / rank)·I
 *
 * with M the means of the classes and S the mean covariance within them.
 *
 * @param values [examples, features] of which those with `counts` are learned from.
 * @param shrinkages each above 0, at most 1.
 * @returns a classifier for each shrinkage.
 */
export function discriminants(
  {
    values,
    features,
    labels,
    classes,
  }: {
    readonly values: Float32Array;
    readonly features: number;
    readonly labels: readonly number[];
    readonly classes: number;
  },
  counts: (example: number) => boolean,
  shrinkages: readonly number[],
): LinearPoint[] {
  const chosen = labels.flatMap((_, i) => (counts(i) ? [i] : []));
  const sizes = new Float64Array(classes);
  const means = new Float64Array(features * classes);
  for (const i of chosen) {
    const label = labels[i]!;
    sizes[label]!++;
    for (let f = 0; f < features; f++) means[f * classes + label]! += values[i * features + f]!;
  }
  for (let f = 0; f < features; f++)
    for (let c = 0; c < classes; c++) means[f * classes + c]! /= Math.max(1, sizes[c]!);
  const covariance = within(values, features, chosen, labels, means, classes);
  let trace = 0;
  for (let f = 0; f < features; f++) trace += covariance[f * features + f]!;
  return shrinkages.map((shrinkage) => {
    const shrunken = covariance.map((value) => (1 - shrinkage) * value);
    const sphere = (shrinkage * trace) / features;
    for (let f = 0; f < features; f++) shrunken[f * features + f]! += sphere;
    return pointOf(choleskyFactor(shrunken, features), means, sizes, chosen.length);
  });
}

function pointOf(
  factor: Float64Array,
  means: Float64Array,
  sizes: Float64Array,
  examples: number,
): LinearPoint {
  const classes = sizes.length;
  const features = means.length / classes;
  const kernel = solveLowerTransposed(
    factor,
    features,
    solveLower(factor, features, means, classes),
    classes,
  );
  const point = new Float64Array(kernel.length + classes);
  point.set(kernel);
  for (let c = 0; c < classes; c++) {
    let product = 0;
    for (let f = 0; f < features; f++) product += means[f * classes + c]! * kernel[f * classes + c]!;
    // a class that has no example is never said
    point[kernel.length + c] = sizes[c]! > 0 ? Math.log(sizes[c]! / examples) - product / 2 : -1e3;
  }
  return point;
}

/** The mean covariance within the classes; its lower triangle. */
function within(
  values: Float32Array,
  features: number,
  chosen: readonly number[],
  labels: readonly number[],
  means: Float64Array,
  classes: number,
): Float64Array {
  const covariance = new Float64Array(features * features);
  const row = new Float64Array(features);
  for (const i of chosen) {
    const label = labels[i]!;
    for (let f = 0; f < features; f++) row[f] = values[i * features + f]! - means[f * classes + label]!;
    for (let f = 0; f < features; f++) {
      const own = row[f]! / chosen.length;
      const start = f * features;
      for (let g = 0; g <= f; g++) covariance[start + g]! += own * row[g]!;
    }
  }
  return covariance;
}
