import type { WeightedNetwork } from '../models/compose.js';
import type { FitResult } from './fit.js';

/** What fits that had not learned from these pictures say of them, at the classifier's temperature. */
export interface Calibration {
  readonly probabilities: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** A classifier that has learned the user's classes. */
export interface Trained {
  /** From features to logits; trained on training and validation pictures together. */
  readonly classifier: WeightedNetwork;
  /** The same, trained on the training pictures alone: what the validation pictures have measured. */
  readonly measuredClassifier: WeightedNetwork;
  readonly weightDecay: number;
  /** What the logits are to be divided by for honest probabilities: see `fitTemperature`. */
  readonly temperature: number;
  /** The fit in which the validation pictures were measured after every epoch: the learning curves, if it took steps. */
  readonly measured: FitResult;
  /** What the classifier, at its temperature, says of the held-out pictures: a row of probabilities each. */
  readonly testProbabilities: readonly (readonly number[])[];
  readonly trainableParameters: number;
  /** Which validation pictures the measured fit got right; with `folds` which of all that were trained on, each by a fit without it. */
  readonly validationRight: readonly boolean[];
  /** Of the cross-validation, where one took the place of the validation pictures. */
  readonly folds?: number;
  /** Pictures that were judged by fits without them: what they say of how sure answers may be. */
  readonly calibration: Calibration;
  readonly seconds: number;
}
