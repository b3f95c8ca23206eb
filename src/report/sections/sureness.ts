import { coverageChart } from '../coverage-chart.js';
import { type Markup, markup } from '../markup.js';
import { rounded, unlikeSentence } from '../sureness-text.js';
import { percent, percentRange, thousands, unbroken } from '../text.js';
import type { RunResult, SurenessMetrics } from '../../runs/record.js';

/** What may be done with sureness: answers left open, sets of classes, pictures of another kind. */
export function surenessSection({ metrics: { sureness } }: RunResult): Markup | undefined {
  if (!sureness) return undefined;
  const { selective, suggestion, sets, unlike, calibration } = sureness;
  const judged = calibration.from === 'folds' ? 'each judged by a fit without it' : 'kept aside to choose';
  const chosen =
    calibration.n > 0
      ? `Thresholds are chosen on ${thousands(calibration.n)} pictures that were trained on, ${judged}; all figures here are of the held-out ones, which had no part in it.`
      : 'All figures here are of the held-out pictures.';
  return markup`<section><h2>When it should not answer</h2>
<div class="beside"><figure><figcaption>Right answers, when the least sure are left open</figcaption>${coverageChart(selective, suggestion ?? undefined)}</figure>
<div><p>${unbroken(suggestionText(sureness))}</p>
${unlike && markup`<p>${unbroken(unlikeSentence(unlike))}</p>`}
<p class="soft small">${unbroken(`${chosen} The band is the 95 % interval of each point.`)}</p></div></div>
${sets.length > 0 && setsTable(sets)}</section>`;
}

function suggestionText({ suggestion, calibration }: SurenessMetrics): string {
  if (calibration.n === 0) {
    return 'No threshold can be named: with one picture a class there is none to choose it by.';
  }
  if (!suggestion) {
    return `No threshold can be named above which 99 % of the answers are right: on the ${thousands(calibration.n)} pictures that choose it, none leaves at least 100 answers of which 99 % are.`;
  }
  const { target, threshold, answered, n, accuracy, ci95 } = suggestion;
  const found =
    accuracy === null || ci95 === null
      ? 'none is answered'
      : `${percent(answered / n)} are answered, and ${percent(accuracy)} of these right (95 % interval ${percentRange(ci95)})`;
  return `For ${percent(target)} right answers, leave those open that are less than ${percent(threshold)} sure (--abstain-below ${rounded(threshold)}, the dot): of the held-out pictures ${found}.`;
}

function setsTable(sets: SurenessMetrics['sets']): Markup {
  return markup`<table class="sets"><caption>Instead of one answer, the smallest set of classes that holds the true one so often (predict --coverage). A set is empty where no class is likely enough: then ask for more.</caption>
<thead><tr><th scope="col" class="number">asked for</th><th scope="col" class="number">holds the true class</th><th scope="col" class="number wide">95 % interval</th><th scope="col" class="number">classes, mean</th><th scope="col" class="number">empty</th></tr></thead>
<tbody>${sets.map(
    ({ asked, coverage, ci95, size, sizes, n }) =>
      markup`<tr><td class="number">${unbroken(`${Math.round(1000 * asked) / 10} %`)}</td><td class="number">${unbroken(percent(coverage))}</td><td class="number wide">${unbroken(percentRange(ci95))}</td><td class="number">${size.mean.toFixed(2)}</td><td class="number">${unbroken(percent((sizes[0] ?? 0) / n))}</td></tr>`,
  )}</tbody></table>`;
}
