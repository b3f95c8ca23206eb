import { counted } from '../data/pictures.js';
import type { SetFigures } from '../evaluation/conformal.js';
import type { UnlikeFigures } from '../evaluation/likeness.js';
import type { Metrics } from '../evaluation/metrics.js';
import type { SelectiveFigures } from '../evaluation/selective.js';
import { textTable } from './table.js';
import { percent, percentRange } from './text.js';

interface Figures {
  readonly metrics: Metrics;
  readonly sets?: SetFigures & { readonly asked: number };
  readonly abstained?: SelectiveFigures;
  readonly selective: readonly SelectiveFigures[];
  readonly unlike?: UnlikeFigures;
}

/** What an evaluation says beside its accuracy: macro-F1, sets, answers left open, pictures of another kind. */
export function surenessLines({ metrics, sets, abstained, selective, unlike }: Figures): string[] {
  return [
    ...(metrics.macroF1 === undefined ? [] : [macroF1Sentence(metrics)]),
    ...(unlike ? [unlikeSentence(unlike)] : []),
    ...(sets ? [setsSentence(sets)] : []),
    ...(abstained ? [abstainedSentence(abstained), '', curveTable(selective)] : []),
  ];
}

export function macroF1Sentence({ macroF1, macroF1Ci95 }: Pick<Metrics, 'macroF1' | 'macroF1Ci95'>): string {
  const doubt = macroF1Ci95 ? ` (95 % interval ${percentRange(macroF1Ci95)})` : '';
  return `Macro-F1 ${percent(macroF1 ?? 0)}${doubt}.`;
}

export function unlikeSentence({ n, unlike, share, ci95, expected }: UnlikeFigures): string {
  return `${unlike} of ${counted(n, 'picture')} ${unlike === 1 ? 'is' : 'are'} called unlike anything it was trained on: ${percent(share)} (95 % interval ${percentRange(ci95)}; expected of pictures of that kind ${percent(expected)}).`;
}

export function setsSentence({
  asked,
  n,
  coverage,
  ci95,
  size,
  sizes,
}: SetFigures & { asked: number }): string {
  const mean = `${size.mean.toFixed(2)} classes in a set on average${size.ci95 ? ` (${size.ci95.map((end) => end.toFixed(2)).join(' to ')})` : ''}`;
  const most = 5;
  const larger = sizes.slice(most).reduce((sum, count) => sum + count, 0);
  const each = [
    ...sizes
      .slice(0, most)
      .map((count, classes) => [count, classes === 0 ? 'empty' : `of ${classes}`] as const),
    [larger, `of ${most} or more`] as const,
  ].filter(([count]) => count > 0);
  return `Sets for ${percent(asked)}: the true class is in ${percent(coverage)} of ${n} (95 % interval ${percentRange(ci95)}); ${mean}: ${each.map(([count, what]) => `${count} ${what}`).join(', ')}.`;
}

export function abstainedSentence({ threshold, n, answered, accuracy, ci95 }: SelectiveFigures): string {
  if (accuracy === null || ci95 === null)
    return `From ${threshold} on sure of none of ${n}: no answer is given.`;
  return `Not sure below ${rounded(threshold)}: ${answered} of ${n} answered (${percent(answered / n)}), of these ${percent(accuracy)} right (95 % interval ${percentRange(ci95)}).`;
}

/** The accuracy at some shares of answered pictures. */
function curveTable(curve: readonly SelectiveFigures[]): string {
  const rows = [1, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5].flatMap((share) => {
    const point = curve.findLast(({ answered, n }) => answered <= share * n);
    if (!point?.ci95 || point.accuracy === null) return [];
    const { threshold, n, answered, accuracy, ci95 } = point;
    return [[rounded(threshold), percent(answered / n), percent(accuracy), percentRange(ci95)]];
  });
  const different = rows.filter(([first], i) => first !== rows[i - 1]?.[0]);
  return textTable([['sure from', 'answered', 'right', '95 % interval'], ...different], [1, 2, 3]);
}

/** A threshold with as many digits as it takes: 0.9, 0.9974. Rounded down, so that it lets through what it stands for. */
export function rounded(threshold: number): string {
  return String(Math.floor(threshold * 1e4) / 1e4);
}
