import type { ComparedPair, NetworkComparison } from '../../runs/comparison.js';
import { textTable } from '../table.js';
import { percent, percentRange, points, pValue, thousands } from '../text.js';

export const comparisonHead = ['', 'accuracy', '95 % interval', 'by seed', 'parameters', 'multiply-adds'];

/** The rows of the table, the best network first. */
export function comparisonRows({ networks }: NetworkComparison): string[][] {
  return [...networks]
    .sort((a, b) => b.accuracy - a.accuracy)
    .map(({ title, accuracy, ci95, bySeed, parameters, multiplyAdds }) => [
      title,
      percent(accuracy),
      percentRange(ci95),
      bySeed.length > 1 ? percentRange([Math.min(...bySeed), Math.max(...bySeed)]) : '–',
      `${(parameters / 1e6).toFixed(1)} M`,
      `${(multiplyAdds / 1e9).toFixed(2)} G`,
    ]);
}

/** The last lines on the screen. */
export function comparisonText(comparison: NetworkComparison): string {
  const table = textTable([comparisonHead, ...comparisonRows(comparison)], [1, 2, 3, 4, 5], Infinity);
  return [
    table,
    howText(comparison),
    comparison.pairs.map((pair) => pairSentence(pair, comparison)).join('\n'),
  ].join('\n\n');
}

/** What was done, and what the seeds stand for. */
export function howText({ seeds, judged, labels, ownSplits }: NetworkComparison): string {
  const many = seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`;
  const what = ownSplits
    ? 'each seed holds out pictures of its own'
    : 'the held-out pictures are always the same, and a seed changes only which others choose and the order of training';
  return `${thousands(judged)} pictures of ${labels.length} classes were held out; ${many}, the same for all networks: ${what}.`;
}

/** What may be concluded of a pair, and what may not. */
export function pairSentence(pair: ComparedPair, { networks, pairs }: NetworkComparison): string {
  const { difference, ci95, adjustedP } = pair;
  const [first, second] = [networks[pair.first]!.title, networks[pair.second]!.title];
  const range = `${points(ci95[0])} to ${points(ci95[1])}`;
  const corrected = pairs.length > 1 ? `, corrected for ${pairs.length} pairs` : '';
  if (adjustedP < 0.05) {
    return `${first} is better than ${second}: by ${points(difference)} points (95 % interval ${range}; ${pValue(adjustedP)}${corrected}).`;
  }
  if (ci95[0] > 0) {
    return `${first} got ${points(difference)} points more than ${second} (95 % interval ${range}), but where ${pairs.length} pairs are compared that may be chance (${pValue(adjustedP)}${corrected}).`;
  }
  const most = Math.max(Math.abs(ci95[0]), Math.abs(ci95[1]));
  return `${first} and ${second} cannot be told apart: ${points(difference)} points (95 % interval ${range}; ${pValue(adjustedP)}${corrected}). A difference of more than ${points(most)} points is unlikely.`;
}
