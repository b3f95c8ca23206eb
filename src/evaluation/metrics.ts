import { calibrationError } from './calibration.js';
import { wilsonInterval } from './intervals.js';
import { macroF1, macroF1Interval } from './macro-f1.js';
import { confusionMatrix } from './mistakes.js';
import { answersOf, isRight, type LabelledPrediction, rankOfTruth } from './predictions.js';

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
  /** Mean over the classes of F1, 0 for one that is never recognised; absent in runs of older versions. */
  readonly macroF1?: number;
  /** Its 95 % bootstrap interval; absent for a handful of pictures, and where all answers are right. */
  readonly macroF1Ci95?: readonly [number, number];
  /** Mean of −log(probability of the true class), in nats. */
  readonly logLoss: number;
  /** Expected calibration error, 0 to 1: how far shares of right answers lie from the probabilities given with them. */
  readonly calibrationError: number;
  readonly perClass: Readonly<Record<string, ClassMetrics>>;
}

/**
 * All figures of a set of predictions. Classes without pictures have no row of their own.
 *
 * @throws RangeError when there are no predictions, or when probabilities are not numbers from 0 to 1.
 */
export function measure(predictions: readonly LabelledPrediction[], labels: readonly string[]): Metrics {
  refuseNonNumbers(predictions);
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
  const answers = answersOf(predictions, labels.length);
  const macroInterval = macroF1Interval(answers);
  const recalls = Object.values(perClass).map(({ accuracy }) => accuracy);
  const loss = predictions.reduce((sum, { label, probabilities }) => {
    return sum - Math.log(Math.max(probabilities[label]!, 1e-15));
  }, 0);
  return {
    accuracy: right / n,
    ci95: [interval.low, interval.high],
    n,
    ...(labels.length > 5 && { top5: predictions.filter((p) => rankOfTruth(p) <= 5).length / n }),
    balancedAccuracy: recalls.reduce((a, b) => a + b, 0) / recalls.length,
    macroF1: macroF1(answers),
    ...(macroInterval && { macroF1Ci95: macroInterval }),
    logLoss: loss / n,
    calibrationError: calibrationError(predictions),
    perClass,
  };
}

/** The classes that have figures, in the order of `labels`: an object puts names such as '10' before all others. */
export function classRows(
  { perClass }: Pick<Metrics, 'perClass'>,
  labels: readonly string[],
): (readonly [label: string, figures: ClassMetrics])[] {
  return labels.flatMap((label) =>
    Object.hasOwn(perClass, label) ? [[label, perClass[label]!] as const] : [],
  );
}

/** Comparisons with NaN are all false: a diverged network would come out with figures that mean nothing. */
function refuseNonNumbers(predictions: readonly LabelledPrediction[]): void {
  for (const { path, probabilities } of predictions) {
    const wrong = probabilities.find((p) => !(p >= 0 && p <= 1.001));
    if (wrong !== undefined) {
      throw new RangeError(`expected probabilities between 0 and 1 but received ${wrong} for ${path}`);
    }
  }
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
