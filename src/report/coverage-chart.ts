import type { SelectiveFigures } from '../evaluation/selective.js';
import { axisUpTo, ticks } from './axis.js';
import { type Markup, markup } from './markup.js';
import { percent } from './text.js';

const [width, height] = [340, 260];
const [left, right, top, bottom] = [56, 14, 14, 44];

/**
 * The share of right answers against the share of pictures that are answered when the least sure answers are left open; the
 * band is the 95 % interval of each point. Where hardly any are answered, it says nothing and is left out.
 *
 * @param mark a point to be marked.
 */
export function coverageChart(curve: readonly SelectiveFigures[], mark?: SelectiveFigures): Markup {
  const points = curve.flatMap(({ answered, n, accuracy, ci95 }) =>
    accuracy !== null && ci95 && answered >= Math.min(n, Math.max(20, n / 10))
      ? [{ share: answered / n, accuracy, ci95 }]
      : [],
  );
  const errors = axisUpTo(Math.max(...points.map(({ ci95 }) => 1 - ci95[0]), 0.01));
  const x = (share: number) => left + (width - left - right) * share;
  const y = (accuracy: number) => top + ((height - top - bottom) * (1 - accuracy)) / errors.top;
  const at = (share: number, accuracy: number) => `${x(share).toFixed(1)},${y(accuracy).toFixed(1)}`;
  const upper = points.map(({ share, ci95 }) => at(share, ci95[1]));
  const lower = points.map(({ share, ci95 }) => at(share, ci95[0])).reverse();
  const told = points
    .filter((_, i) => i % Math.ceil(points.length / 5) === 0 || i === points.length - 1)
    .map(({ share, accuracy }) => `${percent(accuracy)} right of the surest ${percent(share)}`)
    .join('; ');
  return markup`<svg class="curve transferred confidence" viewBox="0 0 ${width} ${height}" role="img" aria-label="Accuracy against the share that is answered: ${told}">
${ticks(errors).map(
  (
    error,
  ) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(1 - error)}" y2="${y(1 - error)}"/>
<text x="${left - 8}" y="${y(1 - error)}" dy=".35em" text-anchor="end">${Number((100 * (1 - error)).toFixed(1))} %</text>`,
)}
${[0, 0.25, 0.5, 0.75, 1].map((share) => markup`<text x="${x(share)}" y="${height - bottom + 16}" text-anchor="${share === 1 ? 'end' : 'middle'}">${100 * share} %</text>`)}
<polygon class="band" points="${[...upper, ...lower].join(' ')}"/>
<polyline class="validation" points="${points.map(({ share, accuracy }) => at(share, accuracy)).join(' ')}"/>
${mark && mark.accuracy !== null && markup`<circle class="best" cx="${x(mark.answered / mark.n).toFixed(1)}" cy="${y(mark.accuracy).toFixed(1)}" r="4"/>`}
<text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">share that is answered, the surest first</text></svg>`;
}
