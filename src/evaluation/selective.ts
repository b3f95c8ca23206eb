import { wilsonInterval } from './intervals.js';
import { confidence, isRight, type LabelledPrediction } from './predictions.js';

/** How sure an answer was given, and whether it was right. */
export interface SureAnswer {
  readonly confidence: number;
  readonly right: boolean;
}

/** What becomes of answers when those below a probability are left open (El-Yaniv & Wiener 2010). */
export interface SelectiveFigures {
  /** Answers that are less sure are left open. */
  readonly threshold: number;
  /** Pictures in all, and how many of them are answered. */
  readonly n: number;
  readonly answered: number;
  /** Share of right answers among those given, with its 95 % Wilson interval; null when none is given. */
  readonly accuracy: number | null;
  readonly ci95: readonly [number, number] | null;
}

export function sureAnswers(predictions: readonly LabelledPrediction[]): SureAnswer[] {
  return predictions.map((one) => ({ confidence: confidence(one), right: isRight(one) }));
}

export function selectiveFigures(answers: readonly SureAnswer[], threshold: number): SelectiveFigures {
  const given = answers.filter(({ confidence: sure }) => sure >= threshold);
  return figures(threshold, answers.length, given.length, given.filter(({ right }) => right).length);
}

function figures(threshold: number, n: number, answered: number, right: number): SelectiveFigures {
  if (answered === 0) return { threshold, n, answered, accuracy: null, ci95: null };
  const { low, high } = wilsonInterval(right, answered);
  return { threshold, n, answered, accuracy: right / answered, ci95: [low, high] };
}

/**
 * Accuracy against the share that is answered, from the surest answers to all: the risk-coverage curve. A threshold between
 * two answers of the same confidence does not exist, so equals come together.
 *
 * @param most points that are kept, spread evenly over the pictures; the last is always all of them.
 */
export function selectiveCurve(answers: readonly SureAnswer[], most = 100): SelectiveFigures[] {
  const sorted = [...answers].sort((a, b) => b.confidence - a.confidence);
  const points: SelectiveFigures[] = [];
  let right = 0;
  for (const [i, answer] of sorted.entries()) {
    if (answer.right) right++;
    if (sorted[i + 1]?.confidence === answer.confidence) continue;
    points.push(figures(answer.confidence, sorted.length, i + 1, right));
  }
  const step = Math.max(1, answers.length / most);
  return points.filter(({ answered }, i) => {
    const next = points[i + 1];
    return !next || Math.floor(next.answered / step) > Math.floor(answered / step);
  });
}

/**
 * The lowest threshold above which at least `accuracy` of the answers are right; undefined where there is none, or where
 * it leaves fewer answers than 1 / (1 − accuracy), in which a single mistake would be too many. As it is chosen on these
 * answers, what they say of it flatters: others must measure it.
 */
export function chooseThreshold(answers: readonly SureAnswer[], accuracy: number): number | undefined {
  const fewest = 1 / (1 - accuracy) - 1e-9;
  return selectiveCurve(answers, Infinity)
    .filter((point) => point.answered >= fewest && point.accuracy !== null && point.accuracy >= accuracy)
    .at(-1)?.threshold;
}
