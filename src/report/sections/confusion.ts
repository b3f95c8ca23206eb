import { confusionMatrix, frequentConfusions } from '../../evaluation/mistakes.js';
import { confusionChart } from '../confusion-chart.js';
import { breakable, type Markup, markup } from '../markup.js';
import type { RunResult } from '../../runs/record.js';

/** The confusion matrix and the pairs of classes that are mixed up most. */
export function confusionSection({ transferred, labels }: RunResult): Markup {
  const matrix = confusionMatrix(transferred.predictions, labels.length);
  const confusions = frequentConfusions(matrix, 8);
  const rows = confusions.map(({ label, answer, count }) => {
    const total = matrix[label]!.reduce((a, b) => a + b, 0);
    return markup`<tr><th scope="row">${breakable(labels[label]!)}</th><td>${breakable(labels[answer]!)}</td><td class="number">${count} of ${total}</td></tr>`;
  });
  return markup`<section><h2>What is taken for what</h2>
<div class="beside"><div><div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix; arrow keys scroll it where it is wider than the screen">${confusionChart(matrix, labels)}</div>${labels.length > 4 && markup`<p class="hint">It is wider than the screen: scroll it sideways.</p>`}</div>
${
  rows.length > 0 &&
  markup`<div><table class="small"><caption>Most often mixed up</caption><thead><tr><th scope="col">is</th><th scope="col">taken for</th><th scope="col" class="number">pictures</th></tr></thead><tbody>${rows}</tbody></table></div>`
}</div></section>`;
}
