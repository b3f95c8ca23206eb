import { type Markup, markup } from './markup.js';
import { percent, percentRange } from './text.js';

const [width, row, left, right, top] = [520, 44, 12, 12, 8];

/** A row of the chart: a mean with its interval, and the single figures that it is the mean of. */
export interface ChartRow {
  readonly title: string;
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  readonly single: readonly number[];
}

/** Accuracies one below the other on one axis that begins near the lowest: mean and interval strong, single figures small. */
export function accuracyRowsChart(rows: readonly ChartRow[]): Markup {
  const lowest = Math.min(...rows.flatMap(({ ci95, single }) => [ci95[0], ...single]));
  const highest = Math.max(...rows.flatMap(({ ci95, single }) => [ci95[1], ...single]));
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((one) => (highest - lowest) / one <= 6) ?? 0.25;
  const from = Math.max(0, step * Math.floor(lowest / step + 1e-9));
  const to = Math.min(1, step * Math.ceil(highest / step - 1e-9));
  const x = (share: number) =>
    (left + 20 + ((width - left - right - 40) * (share - from)) / (to - from || 1)).toFixed(1);
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
  const bottom = top + row * rows.length;
  const description = rows.map(
    ({ title, accuracy, ci95 }) => `${title}: ${percent(accuracy)}, 95 % interval ${percentRange(ci95)}`,
  );
  return markup`<svg class="curve learning transferred" viewBox="0 0 ${width} ${bottom + 26}" role="img" aria-label="${description.join('. ')}">
${ticks.map((tick) => markup`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}"/><text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${Math.round(100 * tick)} %</text>`)}
${rows.map(({ title, accuracy, ci95, single }, i) => {
  const y = top + row * i + 30;
  return markup`<text x="${left}" y="${y - 14}">${title}</text>
<path class="whisker" d="M${x(ci95[0])} ${y - 5}v10M${x(ci95[0])} ${y}H${x(ci95[1])}M${x(ci95[1])} ${y - 5}v10"/>
${single.map((share) => markup`<circle class="single" cx="${x(share)}" cy="${y}" r="3"/>`)}
<circle class="dot" cx="${x(accuracy)}" cy="${y}" r="5"/>`;
})}</svg>`;
}
