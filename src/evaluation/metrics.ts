import { wilsonInterval } from './intervals.js';

/** What a classifier said of one labelled picture. */
export interface LabelledPrediction {
  readonly path: string;
  /** Index of the true class. */
  readonly label: number;
  /** One a class; they add up to 1. */
  readonly probabilities: readonly number[];
}

export interface ClassMetrics {
  readonly n: number;
  /** Share of the class's pictures that were recognised (recall). */
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  /** Share of the answers with this class that were right; null when it was never the answer. */
  readonly precision: number | null;
  /** Harmonic mean of precision and recall; null when there is no precision. */
  readonly f1: number | null;
}

export interface Metrics {
  /** Share of right answers, 0 to 1. */
  readonly accuracy: number;
  /** 95 % Wilson interval of the accuracy. */
  readonly ci95: readonly [number, number];
  readonly n: number;
  /** Share of pictures whose class is among the five likeliest; only with more than five classes. */
  readonly top5?: number;
  /** Mean over the classes of their accuracies: what the accuracy would be if all were equally frequent. */
  readonly balancedAccuracy: number;
  /** Mean of −log(probability of the true class), in nats. */
  readonly logLoss: number;
  readonly perClass: Readonly<Record<string, ClassMetrics>>;
}

/** The likeliest class; the first one of equals. */
export function predictedClass(probabilities: readonly number[]): number {
  return probabilities.reduce((best, value, i) => (value > probabilities[best]! ? i : best), 0);
}

export function isRight({ label, probabilities }: LabelledPrediction): boolean {
  return predictedClass(probabilities) === label;
}

/** Counts by true class (rows) and answer (columns). */
export function confusionMatrix(predictions: readonly LabelledPrediction[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { label, probabilities } of predictions) counts[label]![predictedClass(probabilities)]!++;
  return counts;
}

/** All figures of a set of predictions, which must not be empty. Classes without pictures have no row of their own. */
export function measure(predictions: readonly LabelledPrediction[], labels: readonly string[]): Metrics {
  const n = predictions.length;
  const right = predictions.filter(isRight).length;
  const interval = wilsonInterval(right, n);
  const confusion = confusionMatrix(predictions, labels.length);
  const perClass = Object.fromEntries(
    labels.flatMap((label, i) => {
      const row = classMetrics(confusion, i);
      return row ? [[label, row] as const] : [];
    }),
  );
  const recalls = Object.values(perClass).map(({ accuracy }) => accuracy);
  const loss = predictions.reduce((sum, { label, probabilities }) => {
    return sum - Math.log(Math.max(probabilities[label]!, 1e-15));
  }, 0);
  return {
    accuracy: right / n,
    ci95: [interval.low, interval.high],
    n,
    ...(labels.length > 5 && { top5: predictions.filter((p) => isInTop(p, 5)).length / n }),
    balancedAccuracy: recalls.reduce((a, b) => a + b, 0) / recalls.length,
    logLoss: loss / n,
    perClass,
  };
}

function isInTop({ label, probabilities }: LabelledPrediction, k: number): boolean {
  const own = probabilities[label]!;
  return probabilities.filter((value, i) => value > own || (value === own && i < label)).length < k;
}

function classMetrics(confusion: readonly (readonly number[])[], index: number): ClassMetrics | undefined {
  const n = confusion[index]!.reduce((a, b) => a + b, 0);
  if (n === 0) return undefined;
  const right = confusion[index]![index]!;
  const answered = confusion.reduce((sum, row) => sum + row[index]!, 0);
  const { low, high } = wilsonInterval(right, n);
  const precision = answered === 0 ? null : right / answered;
  const accuracy = right / n;
  const f1 =
    precision === null ? null : right === 0 ? 0 : (2 * precision * accuracy) / (precision + accuracy);
  return { n, accuracy, ci95: [low, high], precision, f1 };
}

/** The wrong answers, those given with the most confidence first. */
export function surestMistakes(
  predictions: readonly LabelledPrediction[],
  most: number,
): LabelledPrediction[] {
  return predictions
    .filter((prediction) => !isRight(prediction))
    .sort((a, b) => Math.max(...b.probabilities) - Math.max(...a.probabilities))
    .slice(0, most);
}
