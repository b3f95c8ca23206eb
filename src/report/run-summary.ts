import { deviceWarning } from '../runtime/device-facts.js';
import { textTable } from './table.js';
import { duration, percent, percentRange, points, pValue, thousands } from './text.js';
import type { Comparison, NetworkResult, RunResult } from '../runs/record.js';

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
  const networks = networksOf(result);
  const table = textTable([head, ...networks.map(row)], [1, 2, 3, 4], Infinity);
  const held = `On ${result.transferred.test.n} held-out pictures of ${result.labels.length} classes.`;
  const comparison = comparisonSentence(result);
  const warning = deviceWarning(result.device);
  return `${table}\n\n${held}${comparison ? ` ${comparison}` : ''}${warning ? `\nWarning: ${warning}` : ''}`;
}

/** From the one that the run is about to the yardstick. */
export function networksOf({ transferred, frozen, baseline }: RunResult): NetworkResult[] {
  return [transferred, frozen, baseline].filter((network) => network !== undefined);
}

/** How much better, with its doubt; empty without a baseline. */
export function comparisonSentence({ metrics, config, transferred }: RunResult): string {
  const { frozen, comparison } = metrics;
  return [
    frozen && differenceSentence(frozen.comparison, 'Unfreezing'),
    comparison && differenceSentence(comparison, config['fromScratch'] ? transferred.title : 'Transfer'),
  ]
    .filter(Boolean)
    .join(' ');
}

function differenceSentence(comparison: Comparison, what: string): string {
  const { difference, differenceCi95, mcnemarP } = comparison;
  const [low, high] = differenceCi95;
  const size = `${points(Math.abs(difference))} points`;
  const doubt = `(95 % interval ${points(low)} to ${points(high)}; McNemar ${pValue(mcnemarP)})`;
  if (mcnemarP >= 0.05)
    return `${what} makes no difference that can be told from chance: ${points(difference)} points ${doubt}.`;
  return `${what} ${difference > 0 ? `brings ${size} more` : `loses ${size}`} ${doubt}.`;
}
