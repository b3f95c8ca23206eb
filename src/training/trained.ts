import type { Examples } from '../features/examples.js';
import type { PlannedPart } from '../features/feature-plan.js';
import type { WeightedNetwork } from '../models/compose.js';
import type { HeadChoice } from './blend-choice.js';
import type { FitResult } from './fit.js';
import type { Scaling } from './standardise.js';

/** What a head learns from: features of pictures. */
export interface HeadData {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  readonly classes: number;
  /** The same pictures' mirror images, where they may be looked at too. */
  readonly mirrored?: { readonly train: Examples; readonly validation: Examples; readonly test: Examples };
  /** What the features are made of, in order; one part unless told. */
  readonly parts?: readonly PlannedPart[];
}

/** What the features of a head's data are made of. */
export function partsOf({ parts, train }: HeadData): readonly PlannedPart[] {
  return parts ?? [{ layer: 'features', pool: 'none', size: train.shape[0]!, weight: 1, optional: false }];
}

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
  /** Of a head: the parts of the features that it reads, others having been left out. */
  readonly parts?: readonly PlannedPart[];
  /** Of a head that was searched for: what was tried and chosen. */
  readonly choice?: HeadChoice;
  /** Whether the mirror image is to be looked at too, as cross-validation says. */
  readonly mirrored?: boolean;
  /** Of a head: how the features were scaled. */
  readonly scaling?: Scaling;
  readonly weightDecay: number;
  /** What the logits are to be divided by for honest probabilities: see `fitTemperature`. */
  readonly temperature: number;
  /** The fit in which the validation pictures were measured after every epoch: the learning curves, if it took steps. */
  readonly measured: FitResult;
  /** What the classifier, at its temperature, says of the held-out pictures: a row of probabilities each. */
  readonly testProbabilities: readonly (readonly number[])[];
  readonly trainableParameters: number;
  /** Which validation pictures the measured fit got right; with `folds` which of all that were trained on, each by a fit without it; none where nothing could judge. */
  readonly validationRight: readonly boolean[];
  /** Of the cross-validation, where one took the place of the validation pictures. */
  readonly folds?: number;
  /** Pictures that were judged by fits without them: what they say of how sure answers may be. */
  readonly calibration: Calibration;
  readonly seconds: number;
}
