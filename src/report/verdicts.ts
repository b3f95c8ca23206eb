import type { Changes } from '../evaluation/changes.js';
import type { Metrics } from '../evaluation/metrics.js';
import { changeText } from './change-text.js';
import { percentRange } from './text.js';

/** What is held to a bound: the figure, or the low or the high end of its 95 % interval. */
export const judgedEnds = ['low', 'figure', 'high'] as const;
export type JudgedEnd = (typeof judgedEnds)[number];

export interface Expectations {
  /** The accuracy, 0 to 1. */
  readonly atLeast?: number;
  /**
   * `figure`; `high` lets a shortfall pass that may be chance; `low` passes only what is surely as good. Default: `figure`.
   */
  readonly judge?: JudgedEnd;
}

/** Whether one expectation is met, and what was found. */
export interface Verdict {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
}

interface Figures {
  readonly metrics: Pick<Metrics, 'accuracy' | 'ci95' | 'n'>;
  readonly against?: Changes & { readonly source: string };
}

/**
 * Every expectation of an evaluation: its accuracy, and no drop that is more than chance, as a whole and in any class.
 * An accuracy of which nothing is expected passes.
 */
export function verdictsOf({ metrics, against }: Figures, expected: Expectations): Verdict[] {
  const accuracy = accuracyVerdict(metrics, expected);
  if (!against) return [accuracy];
  const { source, all, perClass } = against;
  const classes = perClass.map((change) => ({
    name: `no drop of '${change.label}' against ${source}`,
    passed: change.verdict !== 'drop',
    message: `'${change.label}' against ${source}: ${changeText(change)}`,
  }));
  const whole = {
    name: `no drop against ${source}`,
    passed: all.verdict !== 'drop',
    message: `accuracy against ${source}: ${changeText(all)}`,
  };
  return [accuracy, whole, ...classes];
}

function accuracyVerdict(
  { accuracy, ci95, n }: Figures['metrics'],
  { atLeast, judge = 'figure' }: Expectations,
): Verdict {
  const right = Math.round(accuracy * n);
  const found = `${right} of ${n} pictures right, 95 % interval ${percentRange(ci95)}`;
  const figure = `accuracy ${accuracy.toFixed(4)}`;
  if (atLeast === undefined) return { name: 'accuracy', passed: true, message: `${figure} (${found})` };
  const [low, high] = ci95;
  const name = `accuracy at least ${atLeast}${judge === 'figure' ? '' : `, by the ${judge} end of its interval`}`;
  if ({ low, figure: accuracy, high }[judge] >= atLeast)
    return { name, passed: true, message: `${figure}, expected at least ${atLeast} (${found})` };
  const doubt =
    accuracy >= atLeast
      ? `the interval begins below ${atLeast}, so it may have been luck; more pictures would narrow it`
      : high < atLeast
        ? 'a shortfall that is more than chance'
        : `the interval holds ${atLeast}, so the shortfall may be chance`;
  const what = accuracy >= atLeast ? `is not surely ${atLeast}` : `is below the expected ${atLeast}`;
  return { name, passed: false, message: `${figure} ${what} (${found}): ${doubt}` };
}
