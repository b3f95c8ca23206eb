import { isRight, type LabelledPrediction, predictedClass, confidence } from './predictions.js';

/** The wrong answers, the surest first: a wrong label or a picture that shows something else is often among them. */
export function surestMistakes(
  predictions: readonly LabelledPrediction[],
  most: number,
): LabelledPrediction[] {
  return predictions
    .filter((prediction) => !isRight(prediction))
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, most);
}

/** How often one class was taken for another. */
export interface Confusion {
  /** Index of the true class. */
  readonly label: number;
  /** Index of the class that was answered. */
  readonly answer: number;
  readonly count: number;
}

/** Counts by true class (rows) and answer (columns). */
export function confusionMatrix(predictions: readonly LabelledPrediction[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { label, probabilities } of predictions) counts[label]![predictedClass(probabilities)]!++;
  return counts;
}

/** The pairs of classes that are mixed up, the most frequent first. */
export function frequentConfusions(matrix: readonly (readonly number[])[], most: number): Confusion[] {
  return matrix
    .flatMap((row, label) =>
      row.flatMap((count, answer) => (count > 0 && answer !== label ? [{ label, answer, count }] : [])),
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
