import { deviceWarning } from '../runtime/device-facts.js';
import { textTable } from './table.js';
import { duration, percent, percentRange, pValue, thousands } from './text.js';
import type { NetworkResult, RunResult } from './types.js';

/** The last lines on the screen: both networks side by side. */
export function summaryText(result: RunResult): string {
  const row = ({ title, test, trainableParameters, seconds }: NetworkResult) => [
    title,
    percent(test.accuracy),
    percentRange(test.ci95),
    thousands(trainableParameters),
    duration(seconds),
  ];
  const head = ['', 'accuracy', '95 % interval', 'trainable parameters', 'time'];
  const networks = [result.transferred, ...(result.baseline ? [result.baseline] : [])];
  const table = textTable([head, ...networks.map(row)], [1, 2, 3, 4]);
  const held = `On ${result.transferred.test.n} held-out pictures of ${result.labels.length} classes.`;
  const comparison = comparisonSentence(result);
  const warning = deviceWarning(result.device);
  return `${table}\n\n${held}${comparison ? ` ${comparison}` : ''}${warning ? `\nWarning: ${warning}` : ''}`;
}

/** How much better, with its doubt; empty without a baseline. */
export function comparisonSentence({ metrics }: RunResult): string {
  const { comparison } = metrics;
  if (!comparison) return '';
  const { difference, differenceCi95, mcnemarP } = comparison;
  const points = (share: number) => (100 * share).toFixed(1).replace('-', '−');
  const [low, high] = differenceCi95;
  const size = `${points(Math.abs(difference))} points`;
  const doubt = `(95 % interval ${points(low)} to ${points(high)}; McNemar ${pValue(mcnemarP)})`;
  if (mcnemarP >= 0.05) return `The two are not told apart: ${points(difference)} points ${doubt}.`;
  return difference > 0 ? `Transfer brings ${size} more ${doubt}.` : `Transfer loses ${size} ${doubt}.`;
}
