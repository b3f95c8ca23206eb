import type { Prediction } from './classifier.js';

/** What a picture's probabilities are held to. */
export interface Bounds {
  /** Classes at least so likely make up the set, see `setThreshold`. */
  readonly setFrom?: number;
  /** An answer that is less likely is not given: the classifier is not sure. */
  readonly abstainBelow?: number;
}

export interface JudgedPrediction extends Prediction {
  /** With `setFrom`: the classes of the set, the likeliest first; there may be none. */
  readonly set?: readonly string[];
  /** With `abstainBelow`: whether the answer is given. */
  readonly sure?: boolean;
}

/** What may be said of a picture, within the bounds that were asked for. */
export function judgePrediction(prediction: Prediction, { setFrom, abstainBelow }: Bounds): JudgedPrediction {
  const { predictions } = prediction;
  const set = predictions.filter(({ probability }) => probability >= (setFrom ?? 0));
  return {
    ...prediction,
    ...(setFrom !== undefined && { set: set.map(({ label }) => label) }),
    ...(abstainBelow !== undefined && { sure: predictions[0]!.probability >= abstainBelow }),
  };
}
