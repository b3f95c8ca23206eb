import { axisUpTo, ticks } from '../../src/report/axis.js';
import { type Markup, markup } from '../../src/report/markup.js';

export interface Line {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** An interval around each point, drawn as a band. */
  readonly band?: readonly (readonly [low: number, high: number])[];
}

export interface Chart {
  readonly x: string;
  readonly y: string;
  /** The top of the vertical axis, where it is not to be taken from the points. */
  readonly top?: number;
  readonly lines: Readonly<Record<string, Line>>;
}

const [width, height] = [560, 280];
const [left, right, top, bottom] = [64, 16, 12, 50];

/** Lines over a number, the vertical axis from zero. Each line has a colour and a dash of its own. */
export function lineChart(chart: Chart, description: string): Markup {
  const lines = Object.entries(chart.lines);
  const xs = lines.flatMap(([, line]) => line.points.map(([x]) => x));
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const highest = Math.max(...lines.flatMap(([, line]) => line.points.map(([, y]) => y)));
  const axis = axisUpTo(chart.top ?? highest);
  const x = (value: number) => left + ((width - left - right) * (value - first)) / (last - first);
  const y = (value: number) => height - bottom - ((height - top - bottom) * value) / axis.top;
  const place = (a: number, b: number) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`;
  const marks = Array.from({ length: 5 }, (_, i) => first + (i * (last - first)) / 4);
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${ticks(axis).map(
  (value) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>
<text x="${left - 8}" y="${y(value)}" dy=".35em" text-anchor="end">${number(value)}</text>`,
)}
${marks.map((value) => markup`<text x="${x(value)}" y="${height - bottom + 20}" text-anchor="middle">${number(value)}</text>`)}
<text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">${chart.x}</text>
${lines.map(([, { points, band }], i) => {
  const there = band?.map(([, high], at) => place(points[at]![0], high)) ?? [];
  const back = band?.map(([low], at) => place(points[at]![0], low)).reverse() ?? [];
  return markup`${band && markup`<polygon class="band series-${i + 1}" points="${[...there, ...back].join(' ')}"/>`}
<polyline class="series-${i + 1}" points="${points.map(([a, b]) => place(a, b)).join(' ')}"/>`;
})}</svg>
<p class="legend"><span class="soft">${chart.y}:</span> ${lines.map(([name], i) => markup`<span><svg width="26" height="8" aria-hidden="true"><line class="series-${i + 1}" x1="0" x2="26" y1="4" y2="4"/></svg> ${name}</span> `)}</p>`;
}

function number(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en-GB', { maximumFractionDigits: 2 }).replace('-', '−');
}

/** Squares whose areas are the numbers: what a ratio looks like. */
export function areaSquares(amounts: Readonly<Record<string, number>>, description: string): Markup {
  const entries = Object.entries(amounts);
  const largest = Math.max(...entries.map(([, amount]) => amount));
  return markup`<div class="areas" role="img" aria-label="${description}">${entries.map(([name, amount]) => {
    const side = (300 * Math.sqrt(amount / largest)).toFixed(2);
    return markup`<div><svg width="300" height="300" viewBox="0 0 300 300" aria-hidden="true"><rect x="0" y="${300 - Number(side)}" width="${side}" height="${side}"/></svg><b>${amount.toLocaleString('en-GB')}</b> <span class="soft">${name}</span></div>`;
  })}</div>`;
}
