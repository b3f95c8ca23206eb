import { curveChart } from '../curve-chart.js';
import { type Markup, markup } from '../markup.js';
import type { NetworkResult, RunResult } from '../../runs/record.js';

/** Accuracy and loss by epoch, a row of charts for each network. */
export function curvesSection({ transferred, frozen, baseline }: RunResult): Markup | undefined {
  const rows = [
    ...chartsOf(transferred, 'transferred'),
    ...(frozen ? chartsOf(frozen, 'transferred') : []),
    ...(baseline ? chartsOf(baseline, 'baseline') : []),
  ];
  if (rows.length === 0) return undefined;
  return markup`<section><h2>Learning, epoch by epoch</h2>
<p class="soft">Training is measured on the pictures that are learned from, validation on pictures kept aside to choose settings. The dot marks the lowest validation loss.</p>
<div class="columns">${rows}</div></section>`;
}

function chartsOf({ title, history }: NetworkResult, kind: string): Markup[] {
  if (history.length === 0) return [];
  return (['accuracy', 'loss'] as const).map(
    (what) =>
      markup`<figure><figcaption>${title}: ${what}</figcaption>${curveChart(title, history, what, kind)}</figure>`,
  );
}
