import type { PooledClass } from '../../evaluation/pooled-metrics.js';
import type { CrossValidatedNetwork, CrossValidationResult } from '../../runs/cross-validation.js';
import { textTable } from '../table.js';
import { percent, percentRange, points, pValue } from '../text.js';

/** The last lines on the screen. */
export function crossValidationText(result: CrossValidationResult): string {
  const { network } = result;
  const head = ['', 'accuracy', '95 % interval', 'macro-F1', '95 % interval', 'by repetition'];
  const table = textTable([head, ...networkRows(result)], [1, 2, 3, 4, 5], Infinity);
  const classes = textTable([classHead, ...classRows(network)], [1, 2, 3, 4, 5], Infinity);
  return [table, classes, sentences(result).join('\n')].join('\n\n');
}

export function networkRows({ network, baseline }: CrossValidationResult): string[][] {
  return [network, baseline].flatMap((one) => (one ? [networkRow(one)] : []));
}

function networkRow({ title, metrics, byRepetition }: CrossValidatedNetwork): string[] {
  const { accuracy, macroF1 } = metrics;
  return [
    title,
    percent(accuracy.accuracy),
    percentRange(accuracy.ci95),
    percent(macroF1.value),
    percentRange(macroF1.ci95),
    byRepetition.length > 1 ? percentRange([Math.min(...byRepetition), Math.max(...byRepetition)]) : '–',
  ];
}

export const classHead = ['class', 'pictures', 'recognised', '95 % interval', 'precision', 'F1'];

export function classRows({ metrics }: CrossValidatedNetwork): string[][] {
  return metrics.perClass.map(({ label, n, accuracy, ci95, precision, f1 }) => [
    label,
    String(n),
    percent(accuracy),
    percentRange(ci95),
    precision === null ? 'never' : percent(precision),
    f1 === null ? '–' : percent(f1),
  ]);
}

/** What may be concluded, and what may not. */
export function sentences(result: CrossValidationResult): string[] {
  const { folds, repeats, pictures, kept, network, chance } = result;
  const { accuracy, perClass } = network.metrics;
  const [low] = accuracy.ci95;
  const share = `${folds - 1} of ${folds} parts`;
  return [
    `${pictures} ${kept}`,
    `A network trained on ${share} of these pictures gets ${percentRange(accuracy.ci95)} of other pictures of the same kind right (95 % interval); one trained on all of them, as finetune train does, rather more than less.`,
    low > chance
      ? `That is beyond always answering the most frequent class (${percent(chance)}).`
      : `It cannot be told from always answering the most frequent class (${percent(chance)}).`,
    ...weakSentence(perClass, accuracy.accuracy),
    ...differenceSentence(result),
    repeats === 1
      ? 'Folds were dealt once: how much the deal itself moves the figures cannot be seen; --repeats 5 shows it.'
      : `Folds were dealt ${repeats} times; a picture counts once, however often it was judged.`,
    'The interval takes pictures for independent. Fits to overlapping parts are not quite, so it is a little too narrow (Bengio & Grandvalet 2004).',
  ];
}

function weakSentence(perClass: readonly PooledClass[], all: number): string[] {
  const weak = perClass.filter(({ ci95 }) => ci95[1] < all).map(({ label }) => `'${label}'`);
  if (weak.length === 0) {
    return [
      'No class can be said to be recognised less often than the whole: their intervals hold its accuracy.',
    ];
  }
  const [first] = weak;
  return [
    weak.length === 1
      ? `${first} is recognised less often than the whole: its interval lies below.`
      : `Recognised less often than the whole, their intervals lying below it: ${weak.join(', ')}.`,
  ];
}

function differenceSentence({ network, baseline, difference }: CrossValidationResult): string[] {
  if (!baseline || !difference) return [];
  const doubt = `95 % interval ${points(difference.ci95[0])} to ${points(difference.ci95[1])}; ${pValue(difference.p)}`;
  if (difference.p >= 0.05) {
    return [
      `${network.title} and ${baseline.title} cannot be told apart: ${points(difference.difference)} points (${doubt}).`,
    ];
  }
  const [better, worse] =
    difference.difference > 0 ? [network.title, baseline.title] : [baseline.title, network.title];
  return [
    `${better} is better than ${worse}: by ${points(Math.abs(difference.difference))} points (${doubt}).`,
  ];
}
