import { pairedDifferenceInterval } from './intervals.js';
import { mcnemar } from './mcnemar.js';
import { macroF1Difference } from './macro-f1.js';
import { answersOf, isRight, type LabelledPrediction } from './predictions.js';

/** How one classifier compares with another on the same pictures. */
export interface Comparison {
  /** Exact McNemar test, two-sided. */
  readonly mcnemarP: number;
  /** Accuracy of the first minus the second's, −1 to 1, with its 95 % interval. */
  readonly difference: number;
  readonly differenceCi95: readonly [number, number];
  /** Macro-F1 of the first minus the second's, where their answers are known, with its 95 % bootstrap interval. */
  readonly macroF1Difference?: number;
  readonly macroF1DifferenceCi95?: readonly [number, number];
  /** Pictures that only the first got right, and only the second. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

/**
 * Compares two classifiers picture by picture, which tells far smaller differences apart than two separate intervals
 * do: most pictures are as easy, or as hard, for both.
 *
 * @throws RangeError unless both have answered for the same pictures in the same order.
 */
export function compare(
  first: readonly LabelledPrediction[],
  second: readonly LabelledPrediction[],
): Comparison {
  const odd = first.findIndex((p, i) => p.path !== second[i]?.path || p.label !== second[i].label);
  if (odd >= 0 || first.length !== second.length || first.length === 0) {
    const [one, other] = [first[odd]?.path ?? first.length, second[odd]?.path ?? second.length];
    throw new RangeError(`expected answers to the same pictures but received ${one} and ${other}`);
  }
  const classes = first[0]!.probabilities.length;
  const { difference, ci95 } = macroF1Difference(answersOf(first, classes), answersOf(second, classes));
  return {
    ...compareAnswers(first.map(isRight), second.map(isRight)),
    macroF1Difference: difference,
    ...(ci95 && { macroF1DifferenceCi95: ci95 }),
  };
}

/**
 * The same of who was right on which picture.
 *
 * @throws RangeError when the numbers of answers differ.
 */
export function compareAnswers(first: readonly boolean[], second: readonly boolean[]): Comparison {
  const { onlyFirst, onlySecond, p } = mcnemar(first, second);
  const { low, high } = pairedDifferenceInterval(onlyFirst, onlySecond, first.length);
  return {
    mcnemarP: p,
    difference: (onlyFirst - onlySecond) / first.length,
    differenceCi95: [low, high],
    onlyFirst,
    onlySecond,
  };
}
