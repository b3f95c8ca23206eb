import { type ClassMetrics, classRows } from '../../evaluation/metrics.js';
import { intervalChart } from '../interval-chart.js';
import { breakable, type Markup, markup } from '../markup.js';
import { macroF1Sentence } from '../sureness-text.js';
import { percent, points, thousands, unbroken } from '../text.js';
import type { RunResult } from '../../runs/record.js';

const shownAtOnce = 40;

/** A row a class, the hardest first. */
export function classesSection({ transferred, labels, metrics }: RunResult): Markup {
  const rows = [...classRows(transferred.test, labels)]
    .sort(([, a], [, b]) => a.accuracy - b.accuracy || b.n - a.n)
    .map(([label, metrics]) => classRow(label, metrics));
  const rest = rows.slice(shownAtOnce);
  return markup`<section><h2>Class by class, the hardest first</h2>
${classTable(rows.slice(0, shownAtOnce))}
${rest.length > 0 && markup`<details><summary>${rest.length} more classes</summary>${classTable(rest)}</details>`}
<p class="soft small">Recognised: of the pictures of a class, the share that was found (recall). Right when said: of the answers with a class, the share that was right (precision).${transferred.test.macroF1 !== undefined && unbroken(` Both together, every class counting the same: ${macroF1Sentence(transferred.test)}`)}${comparisonOf(metrics)}</p></section>`;
}

/** What the macro-F1 gained over the yardstick. */
function comparisonOf({ comparison }: RunResult['metrics']): string {
  const { macroF1Difference: difference, macroF1DifferenceCi95: ci95 } = comparison ?? {};
  if (difference === undefined || !ci95) return '';
  return unbroken(
    ` That is ${points(difference)} points from LeNet-5’s (95 % interval ${points(ci95[0])} to ${points(ci95[1])}).`,
  );
}

function classTable(rows: readonly Markup[]): Markup {
  return markup`<table class="classes"><thead><tr><th scope="col">class</th><th scope="col" class="number">recognised</th><th scope="col" class="wide">95 % interval, 0 to 100 %</th><th scope="col" class="number">right when said</th><th scope="col" class="number">pictures</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

function classRow(label: string, metrics: ClassMetrics): Markup {
  const { accuracy, precision, n } = metrics;
  return markup`<tr><th scope="row">${breakable(label)}</th><td class="number">${unbroken(percent(accuracy))}</td><td class="wide">${intervalChart(label, metrics, 'transferred')}</td><td class="number">${precision === null ? 'never said' : unbroken(percent(precision))}</td><td class="number">${thousands(n)}</td></tr>
`;
}
