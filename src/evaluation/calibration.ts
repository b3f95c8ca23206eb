import { isRight, type LabelledPrediction, confidence } from './predictions.js';

/** The answers that were given with a probability above `from` and up to `to`. */
export interface ConfidenceBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean of the probabilities that the answers were given with. */
  readonly confidence: number;
  /** Share of the answers that were right. */
  readonly accuracy: number;
}

/**
 * Answers grouped by how sure the classifier was, in `bins` equal steps from 0 to 1; empty bins are left out. A
 * classifier that means what it says is right 80 % of the times that it is 80 % sure.
 */
export function confidenceBins(predictions: readonly LabelledPrediction[], bins: number): ConfidenceBin[] {
  const groups = Array.from({ length: bins }, (): LabelledPrediction[] => []);
  for (const prediction of predictions) {
    const bin = Math.ceil(confidence(prediction) * bins) - 1;
    groups[Math.min(Math.max(bin, 0), bins - 1)]!.push(prediction);
  }
  return groups.flatMap((group, i) => {
    const n = group.length;
    if (n === 0) return [];
    const mean = group.reduce((sum, prediction) => sum + confidence(prediction), 0) / n;
    const accuracy = group.filter(isRight).length / n;
    return [{ from: i / bins, to: (i + 1) / bins, n, confidence: mean, accuracy }];
  });
}

/**
 * Expected calibration error: the mean distance between confidence and share of right answers over 15 bins, weighted by
 * the pictures in them (Guo et al. 2017, section 2). With few pictures it is never quite 0, even of a perfect forecast.
 */
export function calibrationError(predictions: readonly LabelledPrediction[]): number {
  return confidenceBins(predictions, 15).reduce(
    (sum, { n, confidence: said, accuracy }) => sum + (n / predictions.length) * Math.abs(said - accuracy),
    0,
  );
}
