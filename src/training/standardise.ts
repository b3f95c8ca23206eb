import { rootMeanSquareEpsilon } from '../models/forward.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { Examples } from '../features/examples.js';
import { standardiseLayer } from './head-names.js';

/** Added to the variance of a feature. */
export const standardiseEpsilon = 1e-3;

const chunk = 256;

/** Means and variances of features that examples have once each is divided by its root mean square. */
export interface Standardiser {
  /** Of a head's layer 'standardise'. */
  readonly weights: Weights;
  /** The examples as they come out of that layer. */
  apply(examples: Examples): Examples;
}

/**
 * Measures how features are standardised: each example is divided by the root mean square of its values, then every
 * feature's mean is subtracted and it is divided by its standard deviation over `train`. Both layers come before all
 * that is trained, so they are computed once instead of in every training step.
 *
 * @param scaling `together` divides all features by one deviation, the root of their mean variance: features that hardly
 *   vary stay small, as logistic regression likes them.
 */
export function standardiser(train: Examples, scaling: 'each' | 'together' = 'each'): Standardiser {
  const features = train.shape[0]!;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  for (let start = 0; start < train.size; start += chunk) {
    const places = Array.from({ length: Math.min(chunk, train.size - start) }, (_, i) => start + i);
    const values = train.read(places);
    for (let row = 0; row < values.length; row += features) {
      divideByRootMeanSquare(values.subarray(row, row + features));
      for (let i = 0; i < features; i++) {
        const value = values[row + i]!;
        sum[i]! += value;
        squares[i]! += value * value;
      }
    }
  }
  const mean = Float32Array.from(sum, (total) => total / train.size);
  const own = Float32Array.from(squares, (total, i) => Math.max(0, total / train.size - mean[i]! ** 2));
  const variance = scaling === 'each' ? own : own.fill(own.reduce((a, b) => a + b, 0) / features);
  const scale = variance.map((value) => 1 / Math.sqrt(value + standardiseEpsilon));
  const row = (data: Float32Array): NamedTensor => ({ shape: [features], data });
  return {
    weights: new Map([
      [`${standardiseLayer}/gamma`, row(new Float32Array(features).fill(1))],
      [`${standardiseLayer}/beta`, row(new Float32Array(features))],
      [`${standardiseLayer}/mean`, row(mean)],
      [`${standardiseLayer}/variance`, row(variance)],
    ]),
    apply: (examples) => ({
      ...examples,
      read(places) {
        const values = examples.read(places);
        for (let start = 0; start < values.length; start += features) {
          const example = values.subarray(start, start + features);
          divideByRootMeanSquare(example);
          for (let i = 0; i < features; i++) example[i] = (example[i]! - mean[i]!) * scale[i]!;
        }
        return values;
      },
    }),
  };
}

function divideByRootMeanSquare(example: Float32Array): void {
  let squares = 0;
  for (const value of example) squares += value * value;
  const factor = 1 / Math.sqrt(squares / example.length + rootMeanSquareEpsilon);
  for (let i = 0; i < example.length; i++) example[i]! *= factor;
}
