import { type LabelledPrediction, predictedClass } from '../evaluation/predictions.js';

/** The head of predictions.csv. @param keys what the classes are known by, in the order of the columns. */
export function predictionsHead(keys: readonly string[]): string[] {
  return ['path', 'label', 'predicted', ...keys];
}

export function predictionsRow(
  { path, label, probabilities }: LabelledPrediction,
  keys: readonly string[],
): (string | number)[] {
  return [
    path,
    keys[label]!,
    keys[predictedClass(probabilities)]!,
    ...probabilities.map((p) => Number(p.toPrecision(9))), // enough for float32 to come back as it was
  ];
}
