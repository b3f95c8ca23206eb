import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { Examples } from '../features/examples.js';
import { standardiseLayer } from './head-names.js';

/** Added to the variance of a feature. */
export const standardiseEpsilon = 1e-3;

const chunk = 256;

/** Some of the features, one after the other, and what they count beside others. */
export interface HeadPart {
  /** Where it begins among all features. */
  readonly offset: number;
  readonly size: number;
  readonly weight: number;
}

/**
 * How features are brought to a common scale: `each` divides every feature by its own deviation; `together` divides all
 * by one, the root of their mean variance: features that hardly vary stay small, as logistic regression likes them.
 */
export type Scaling = 'each' | 'together';

/** Of every feature, over some examples. */
export interface FeatureStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Subtracts means and divides by deviations: what a head's layer 'standardise' does. */
export interface Standardiser {
  /** How many features come out. */
  readonly features: number;
  /** Of a head's layer 'standardise'. */
  readonly weights: Weights;
  /** The examples as they come out of that layer: the parts one after the other. */
  apply(examples: Examples): Examples;
}

/** All features as one part. */
export function wholePart(features: number): HeadPart[] {
  return [{ offset: 0, size: features, weight: 1 }];
}

/** Means and variances over all examples, in one reading. */
export function featureStatistics(examples: Examples): FeatureStatistics {
  const features = examples.shape[0]!;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  for (let start = 0; start < examples.size; start += chunk) {
    const places = Array.from({ length: Math.min(chunk, examples.size - start) }, (_, i) => start + i);
    const values = examples.read(places);
    for (let row = 0; row < values.length; row += features) {
      for (let i = 0; i < features; i++) {
        const value = values[row + i]!;
        sum[i]! += value;
        squares[i]! += value * value;
      }
    }
  }
  const mean = Float32Array.from(sum, (total) => total / examples.size);
  const variance = Float32Array.from(squares, (total, i) =>
    Math.max(0, total / examples.size - mean[i]! ** 2),
  );
  return { mean, variance };
}

/** The layer comes before all that is trained, so it is computed once instead of in every training step. */
export function standardiser(
  statistics: FeatureStatistics,
  parts: readonly HeadPart[] = wholePart(statistics.mean.length),
  scaling: Scaling = 'each',
): Standardiser {
  const places = parts.flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i));
  const features = places.length;
  const mean = Float32Array.from(places, (place) => statistics.mean[place]!);
  const own = Float32Array.from(places, (place) => statistics.variance[place]!);
  const variance = scaling === 'each' ? own : own.fill(own.reduce((a, b) => a + b, 0) / features);
  const gamma = Float32Array.from(parts.flatMap(({ size, weight }) => new Array<number>(size).fill(weight)));
  const scale = variance.map((value, i) => gamma[i]! / Math.sqrt(value + standardiseEpsilon));
  const row = (data: Float32Array): NamedTensor => ({ shape: [features], data });
  return {
    features,
    weights: new Map([
      [`${standardiseLayer}/gamma`, row(gamma)],
      [`${standardiseLayer}/beta`, row(new Float32Array(features))],
      [`${standardiseLayer}/mean`, row(mean)],
      [`${standardiseLayer}/variance`, row(variance)],
    ]),
    apply: function apply(examples): Examples {
      return {
        ...examples,
        ...(examples.views && { views: examples.views.map(apply) }),
        shape: [features],
        read(wanted) {
          const all = examples.shape[0]!;
          const values = examples.read(wanted);
          const out = new Float32Array(wanted.length * features);
          for (let example = 0; example < wanted.length; example++) {
            for (let i = 0; i < features; i++) {
              const value = values[example * all + places[i]!]!;
              out[example * features + i] = (value - mean[i]!) * scale[i]!;
            }
          }
          return out;
        },
      };
    },
  };
}
