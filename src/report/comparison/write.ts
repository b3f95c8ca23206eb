import path from 'node:path';
import { csv } from '../../formats/csv.js';
import type { NetworkComparison } from '../../runs/comparison.js';
import { writeFileAtomic } from '../../runtime/atomic-file.js';
import { markup } from '../markup.js';
import { pageTable, studyPage } from '../study-page.js';
import { percent, points, pValue, unbroken } from '../text.js';
import { accuracyRowsChart } from '../accuracy-rows-chart.js';
import { comparisonHead, comparisonRows, howText, pairSentence } from './text.js';

/** Writes what a comparison has for people and programs: report.html, comparison.csv and, last, metrics.json. */
export async function writeComparison(folder: string, comparison: NetworkComparison): Promise<void> {
  const rows = comparison.networks.flatMap(({ base, weights, head, bySeed }) =>
    bySeed.map((accuracy, i) => [base, weights ?? '', head, comparison.seeds[i], accuracy]),
  );
  const files = {
    'comparison.csv': csv([['base', 'weights', 'head', 'seed', 'accuracy'], ...rows]),
    'report.html': comparisonPage(comparison),
    'metrics.json': `${JSON.stringify(comparison, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(path.join(folder, name), text);
}

/** The comparison as one self-contained page. */
export function comparisonPage(comparison: NetworkComparison): string {
  const { networks, pairs, name, labels } = comparison;
  const ordered = [...networks].sort((a, b) => b.accuracy - a.accuracy);
  return studyPage({
    kicker: `${name} · ${labels.length} classes · ${networks.length} networks`,
    headline: headline(comparison),
    lead: [howText(comparison)],
    warnings: comparison.warnings,
    sections: [
      markup`<section><h2>Accuracy</h2>
<figure>${accuracyRowsChart(ordered.map(({ bySeed, ...one }) => ({ ...one, single: bySeed })))}<figcaption>Large dots are means with their 95 % intervals, over other seeds and other held-out pictures; small ones the single seeds.</figcaption></figure>
${pageTable('Parameters and multiply-adds a picture are of the base up to its cut, with the head.', comparisonHead, comparisonRows(comparison))}</section>`,
      markup`<section><h2>What may be concluded</h2>
<ul>${pairs.map((pair) => markup`<li>${unbroken(pairSentence(pair, comparison))}</li>`)}</ul>
${pageTable(
  'Differences in points, on the same pictures; each picture counts once, however many seeds held it out. p-values are exact (McNemar, with signs of whole pictures where there are several seeds) and corrected for all pairs by Holm.',
  ['pair', 'difference', '95 % interval', 'by seed', 'p'],
  pairs.map(({ first, second, difference, ci95, lowest, highest, adjustedP }) => [
    `${networks[first]!.title} – ${networks[second]!.title}`,
    points(difference),
    `${points(ci95[0])} to ${points(ci95[1])}`,
    `${points(lowest)} to ${points(highest)}`,
    pValue(adjustedP).replace('p = ', ''),
  ]),
)}</section>`,
      markup`<section><h2>What was held out</h2><p>${unbroken(comparison.splitDescription)}</p></section>`,
    ],
    command: comparison.command,
    config: comparison.config,
  });
}

/** The best, and whether it can be told from the rest. */
function headline({ networks, pairs }: NetworkComparison): string {
  const best = networks[pairs[0]!.first]!;
  const own = pairs.filter(({ first }) => first === pairs[0]!.first);
  const equals = own.filter(({ adjustedP }) => adjustedP >= 0.05);
  const figure = `${best.title}: ${percent(best.accuracy)}`;
  if (equals.length === 0) return `${figure}, better than all others`;
  if (equals.length === own.length) return `${figure}, but none can be told from it`;
  const names = equals.map(({ second }) => networks[second]!.title).join('; ');
  return `${figure}; not to be told from it: ${names}`;
}
