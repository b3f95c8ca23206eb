import { curveChart, lowestValidation } from '../curve-chart.js';
import { type Markup, markup } from '../markup.js';
import { percent, unbroken } from '../text.js';
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
${[transferred, frozen, baseline].map((network) => network && afterTheDot(network))}
<div class="columns">${rows}</div></section>`;
}

/** What an early dot means: its loss rises after it, but that alone is no overfitting. */
function afterTheDot({ title, history }: NetworkResult): Markup | undefined {
  const best = lowestValidation(history);
  const last = history.at(-1);
  if (!best || !last || best.epoch > last.epoch / 2) return undefined;
  const [then, end] = [best.validationAccuracy ?? 0, last.validationAccuracy ?? 0];
  const meaning =
    end >= then
      ? 'it is no less often right, only surer, also where it is wrong, and that is what the loss counts. Calibration puts it right'
      : 'it does worse on pictures that it does not learn from, which is overfitting';
  return markup`<p class="soft">${unbroken(`${title}: the lowest loss is at epoch ${best.epoch} of ${last.epoch}. From there to the end validation accuracy goes from ${percent(then)} to ${percent(end)}: ${meaning}.`)}</p>`;
}

function chartsOf({ title, history }: NetworkResult, kind: string): Markup[] {
  if (history.length === 0) return [];
  return (['accuracy', 'loss'] as const).map(
    (what) =>
      markup`<figure><figcaption>${title}: ${what}</figcaption>${curveChart(title, history, what, kind)}</figure>`,
  );
}
