import type { ConfidenceBin } from '../evaluation/calibration.js';
import { wilsonInterval } from '../evaluation/intervals.js';
import { type Markup, markup } from './markup.js';
import { percent } from './text.js';

const [size, left, bottom, edge] = [320, 64, 44, 14];

/**
 * How often answers were right against how sure they were given: dots on the diagonal mean what they say. A dot's area
 * goes with its number of pictures, its bar is the 95 % interval.
 */
export function confidenceChart(bins: readonly ConfidenceBin[]): Markup {
  const x = (share: number) => left + (size - left - edge) * share;
  const y = (share: number) => size - bottom - (size - bottom - edge) * share;
  const most = Math.max(...bins.map(({ n }) => n));
  const description = bins
    .map(({ n, confidence, accuracy }) => `${percent(confidence)} sure, ${percent(accuracy)} of ${n} right`)
    .join('; ');
  return markup`<svg class="curve transferred confidence" viewBox="0 0 ${size} ${size}" role="img" aria-label="Sureness and share of right answers: ${description}">
${[0, 0.25, 0.5, 0.75, 1].map(
  (share) => markup`<line class="grid" x1="${left}" x2="${size - edge}" y1="${y(share)}" y2="${y(share)}"/>
<text x="${left - 8}" y="${y(share)}" dy=".35em" text-anchor="end">${100 * share} %</text>
<text x="${x(share)}" y="${size - bottom + 16}" text-anchor="middle">${100 * share} %</text>`,
)}
<line class="chance" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
${bins.map(({ n, confidence, accuracy }) => {
  const { low, high } = wilsonInterval(Math.round(accuracy * n), n);
  const [cx, cy] = [x(confidence).toFixed(1), y(accuracy).toFixed(1)];
  const title = `${percent(confidence)} sure: ${percent(accuracy)} of ${n} right`;
  return markup`<g><title>${title}</title><line class="whisker" x1="${cx}" x2="${cx}" y1="${y(low).toFixed(1)}" y2="${y(high).toFixed(1)}"/>
<circle class="dot" cx="${cx}" cy="${cy}" r="${Math.max(3, 10 * Math.sqrt(n / most)).toFixed(1)}"/></g>`;
})}
<text x="${(left + size - edge) / 2}" y="${size - 4}" text-anchor="middle">how sure it was</text>
<text transform="translate(11 ${(size - bottom + edge) / 2}) rotate(-90)" text-anchor="middle">how often right</text></svg>`;
}
