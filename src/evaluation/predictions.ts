import type { Answers } from './macro-f1.js';

/** What a classifier said of one labelled picture. */
export interface LabelledPrediction {
  readonly path: string;
  /** Index of the true class. */
  readonly label: number;
  /** One a class; they add up to 1. */
  readonly probabilities: readonly number[];
}

/** The likeliest class; the first one of equals. */
export function predictedClass(probabilities: readonly number[]): number {
  return probabilities.reduce((best, value, i) => (value > probabilities[best]! ? i : best), 0);
}

/** The probability that the classifier gave its own answer: how sure it was. */
export function confidence({ probabilities }: LabelledPrediction): number {
  return probabilities[predictedClass(probabilities)]!;
}

export function isRight({ label, probabilities }: LabelledPrediction): boolean {
  return predictedClass(probabilities) === label;
}

/** The true class's place among all, by probability: 1 when the answer is right. */
export function rankOfTruth({ label, probabilities }: LabelledPrediction): number {
  const own = probabilities[label]!;
  return 1 + probabilities.filter((value, i) => value > own || (value === own && i < label)).length;
}

/** Truths and answers alone. */
export function answersOf(predictions: readonly LabelledPrediction[], classes: number): Answers {
  return {
    truths: predictions.map(({ label }) => label),
    answers: predictions.map(({ probabilities }) => predictedClass(probabilities)),
    classes,
  };
}
