import type { Metrics } from '../evaluation/metrics.js';
import { type Markup, markup } from './markup.js';
import { percent, percentRange } from './text.js';

const [width, height, side] = [240, 26, 7];

/**
 * An accuracy as a dot between 0 and 100 %, its 95 % interval as a bar with whiskers; `chance`, when given, as a
 * dotted line.
 *
 * @param kind CSS class that gives the colour.
 */
export function intervalChart(
  name: string,
  { accuracy, ci95 }: Pick<Metrics, 'accuracy' | 'ci95'>,
  kind: string,
  chance?: number,
): Markup {
  const x = (share: number) => (side + (width - 2 * side) * share).toFixed(1);
  const middle = height / 2;
  const [low, high] = [x(ci95[0]), x(ci95[1])];
  const description = `${name}: ${percent(accuracy)}, 95 % interval ${percentRange(ci95)}`;
  return markup`<svg class="interval ${kind}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="xMinYMid" role="img" aria-label="${description}">
<line class="track" x1="${side}" x2="${width - side}" y1="${middle}" y2="${middle}"/>
${[0, 0.5, 1].map((tick) => markup`<line class="track" x1="${x(tick)}" x2="${x(tick)}" y1="${middle - 3}" y2="${middle + 3}"/>`)}
${chance !== undefined && markup`<line class="chance" x1="${x(chance)}" x2="${x(chance)}" y1="2" y2="${height - 2}"/>`}
<path class="whisker" d="M${low} ${middle - 5}v10M${low} ${middle}H${high}M${high} ${middle - 5}v10"/>
<circle class="dot" cx="${x(accuracy)}" cy="${middle}" r="4.5"/></svg>`;
}
