import { axisUpTo, ticks } from '../../src/report/axis.js';
import { type Markup, markup } from '../../src/report/markup.js';

/** A named point; its interval is drawn as a line through it. */
export interface Point {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly interval?: readonly [low: number, high: number];
  /** Measures the bubble's area; all alike without it. */
  readonly amount?: number;
  /** Where its name stands; to the right unless told. */
  readonly label?: 'left' | 'right' | 'above' | 'below' | 'below right';
}

export interface Scatter {
  readonly x: string;
  readonly y: string;
  /** The vertical axis: from the lowest to the highest value. */
  readonly range: readonly [low: number, high: number];
  readonly series: Readonly<Record<string, readonly Point[]>>;
}

const [width, height] = [560, 380];
const [left, right, top, bottom] = [56, 20, 14, 52];
const decades = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];

/** Points over a number that spans decades, on a logarithmic axis. */
export function scatterChart({ x: nameX, y: nameY, range, series }: Scatter, description: string): Markup {
  const points = Object.values(series).flat();
  const [first, last] = [
    Math.min(...points.map((point) => point.x)) / 2.2,
    Math.max(...points.map((point) => point.x)) * 2.4,
  ];
  const largest = Math.max(...points.map(({ amount = 0 }) => amount));
  const span = range[1] - range[0];
  const step = axisUpTo(span).step;
  const x = (value: number) =>
    left + ((width - left - right) * Math.log(value / first)) / Math.log(last / first);
  const y = (value: number) => height - bottom - ((height - top - bottom) * (value - range[0])) / span;
  const radiusOf = ({ amount }: Point) =>
    amount === undefined ? 5 : Math.max(3, 26 * Math.sqrt(amount / largest));
  const bubble = (point: Point, number: number) => {
    const [cx, cy] = [x(point.x).toFixed(1), y(point.y).toFixed(1)];
    const [low, high] = point.interval ?? [];
    return markup`${point.interval && markup`<line class="series-${number}" x1="${cx}" x2="${cx}" y1="${y(low!).toFixed(1)}" y2="${y(high!).toFixed(1)}"/>`}<circle class="dot-${number}" cx="${cx}" cy="${cy}" r="${radiusOf(point).toFixed(1)}"/>`;
  };
  const nameOf = (point: Point) => {
    const radius = radiusOf(point);
    const [dx, dy, anchor] = {
      right: [radius + 5, 4, 'start'],
      left: [-radius - 5, 4, 'end'],
      above: [0, -radius - 6, 'middle'],
      below: [0, radius + 15, 'middle'],
      'below right': [radius / 2, radius + 13, 'start'],
    }[point.label ?? 'right'] as [number, number, string];
    return markup`<text class="point" x="${(x(point.x) + dx).toFixed(1)}" y="${(y(point.y) + dy).toFixed(1)}" text-anchor="${anchor}">${point.name}</text>`;
  };
  const entries = Object.entries(series);
  const marks = decades.filter((value) => value >= first && value <= last);
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${ticks({ top: span, step }).map((above) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(range[0] + above).toFixed(1)}" y2="${y(range[0] + above).toFixed(1)}"/><text x="${left - 8}" y="${y(range[0] + above).toFixed(1)}" dy=".35em" text-anchor="end">${Number((range[0] + above).toPrecision(6))}</text>`)}
${marks.map((value) => markup`<text x="${x(value).toFixed(1)}" y="${height - bottom + 20}" text-anchor="middle">${value}</text>`)}
<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">${nameX}</text>
${entries.map(([, own], i) => own.map((point) => bubble(point, i + 1)))}
${points.map(nameOf)}</svg>
<p class="legend"><span class="soft">${nameY}:</span> ${entries.map(([name], i) => markup`<span><svg width="14" height="12" aria-hidden="true"><circle class="dot-${i + 1}" cx="7" cy="6" r="5"/></svg> ${name}</span> `)}</p>`;
}
