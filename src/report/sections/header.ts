import { intervalChart } from '../interval-chart.js';
import { type Markup, markup } from '../markup.js';
import { comparisonSentence, networksOf } from '../run-summary.js';
import { duration, percent, percentRange, thousands, unbroken } from '../text.js';
import type { NetworkResult, RunResult } from '../../runs/record.js';

/** The result in one sentence. */
export function headline({ transferred }: RunResult): string {
  const { accuracy, n } = transferred.test;
  return unbroken(
    `${transferred.title} gets ${percent(accuracy)} of ${thousands(n)} held-out pictures right`,
  );
}

/** The answer first: one sentence, its doubt, and both networks in a table. */
export function headerSection(result: RunResult): Markup {
  const { transferred, baseline, frozen, labels } = result;
  const chance = mostFrequentShare(result);
  const top5 = transferred.test.top5 !== undefined;
  return markup`<header>
<p class="kicker">${result.name} · ${labels.length} classes · ${dateOf(result)}</p>
<h1>${headline(result)}</h1>
<p class="lead">${unbroken(lead(result))}</p>
</header>
<table class="networks" role="table">
<caption>Accuracy with its 95 % interval, from 0 to 100 %. Dotted: always answering the most frequent class, ${unbroken(percent(chance))}.</caption>
<thead><tr role="row"><th scope="col" role="columnheader">network</th><th scope="col" class="accuracy" role="columnheader">accuracy</th>${top5 && markup`<th scope="col" role="columnheader" class="number wide">among first 5</th>`}<th scope="col" role="columnheader" class="number">trained parameters</th><th scope="col" role="columnheader" class="number">time</th></tr></thead>
<tbody>${networkRow(transferred, 'transferred', chance, top5)}${frozen && networkRow(frozen, 'transferred', chance, top5)}${baseline && networkRow(baseline, 'baseline', chance, top5)}</tbody>
</table>`;
}

function networkRow(network: NetworkResult, kind: string, chance: number, top5: boolean): Markup {
  const { title, test, trainableParameters, seconds } = network;
  return markup`<tr role="row">
<th scope="row" role="rowheader">${title}</th>
<td role="cell" class="accuracy"><span class="big">${unbroken(percent(test.accuracy))}</span> <span class="range">${unbroken(percentRange(test.ci95))}</span>${intervalChart(title, test, kind, chance)}</td>
${top5 && markup`<td role="cell" class="number wide">${test.top5 === undefined ? '–' : unbroken(percent(test.top5))}</td>`}
<td role="cell" class="number">${thousands(trainableParameters)}</td>
<td role="cell" class="number">${unbroken(duration(seconds))}</td>
</tr>`;
}

function lead(result: RunResult): string {
  const { transferred } = result;
  const doubt = `With other pictures of the same kind, expect ${percentRange(transferred.test.ci95)} (95 % interval).`;
  const { accuracy, balancedAccuracy } = transferred.test;
  const uneven =
    Math.abs(accuracy - balancedAccuracy) >= 0.01
      ? ` Were all classes equally frequent, it would be ${percent(balancedAccuracy)}.`
      : '';
  const others = networksOf(result)
    .slice(1)
    .map(({ title, test }) => ` ${title}, on the same pictures: ${percent(test.accuracy)}.`);
  return [doubt + uneven, ...others, ` ${comparisonSentence(result)}`].join('').trimEnd();
}

/** What always answering the most frequent class would get. */
function mostFrequentShare({ transferred: { test } }: RunResult): number {
  return Math.max(...Object.values(test.perClass).map(({ n }) => n)) / test.n;
}

function dateOf({ config }: RunResult): string {
  const date = new Date(typeof config['date'] === 'string' ? config['date'] : Number.NaN);
  if (Number.isNaN(date.getTime())) return 'undated';
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
