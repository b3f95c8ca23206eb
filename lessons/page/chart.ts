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
  /** Equal factors are equal steps across, and each point has its mark. */
  readonly acrossByFactors?: boolean;
  /** The top of the vertical axis, where it is not to be taken from the points. */
  readonly top?: number;
  /** The foot of the vertical axis; 0 unless told. */
  readonly foot?: number;
  /** The vertical axis in powers of ten, from the lowest value to the highest. */
  readonly logarithmic?: boolean;
  readonly lines: Readonly<Record<string, Line>>;
}

const [width, height] = [560, 280];
const [left, right, top, bottom] = [64, 16, 12, 58];

/** Lines over a number, the vertical axis from zero unless told otherwise. Each line has a colour and a dash of its own. */
export function lineChart(chart: Chart, description: string): Markup {
  const lines = Object.entries(chart.lines);
  const xs = lines.flatMap(([, line]) => line.points.map(([x]) => x));
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const highest = Math.max(...lines.flatMap(([, line]) => line.points.map(([, y]) => y)));
  const vertical = chart.logarithmic
    ? powersOfTen(lines.map(([, line]) => line))
    : evenly(chart.foot ?? 0, chart.top ?? highest);
  const along = chart.acrossByFactors ? Math.log : Number;
  const x = (value: number) =>
    left + ((width - left - right) * (along(value) - along(first))) / (along(last) - along(first));
  const y = (value: number) => height - bottom - (height - top - bottom) * vertical.share(value);
  const place = (a: number, b: number) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`;
  const marks = chart.acrossByFactors ? [...new Set(xs)] : evenMarks(first, last);
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
${vertical.marks.map(
  (value) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>
<text x="${left - 8}" y="${y(value)}" dy=".35em" text-anchor="end">${mark(value)}</text>`,
)}
${marks.map((value) => markAcross(x(value), number(value)))}
<text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">${chart.x}</text>
${lines.map(([, { points, band }], i) => {
  const there = band?.map(([, high], at) => place(points[at]![0], high)) ?? [];
  const back = band?.map(([low], at) => place(points[at]![0], low)).reverse() ?? [];
  return markup`${band && markup`<polygon class="band series-${i + 1}" points="${[...there, ...back].join(' ')}"/>`}
<polyline class="series-${i + 1}" points="${points.map(([a, b]) => place(a, b)).join(' ')}"/>`;
})}</svg>
<p class="legend"><span class="soft">${chart.y}:</span> ${lines.map(([name], i) => markup`<span><svg width="26" height="8" aria-hidden="true"><line class="series-${i + 1}" x1="0" x2="26" y1="4" y2="4"/></svg> ${name}</span> `)}</p>`;
}

/** A number below the axis, by its middle, or by its end where it would reach beyond the chart. */
function markAcross(x: number, text: string): Markup {
  // As wide as on a phone, where letters are larger.
  const isCut = x + 5.5 * text.length > width;
  return markup`<text x="${isCut ? width : x}" y="${height - bottom + 28}" text-anchor="${isCut ? 'end' : 'middle'}">${text}</text>`;
}

function evenMarks(first: number, last: number): number[] {
  const { step } = axisUpTo(last - first);
  return ticks({ top: last - first, step })
    .map((above) => Math.ceil(first / step) * step + above)
    .filter((value) => value <= last);
}

interface Vertical {
  readonly marks: readonly number[];
  /** 0 at the foot of the axis, 1 at its top. */
  readonly share: (value: number) => number;
}

function evenly(foot: number, highest: number): Vertical {
  const axis = axisUpTo(highest - foot);
  return {
    marks: ticks(axis).map((above) => foot + above),
    share: (value) => (value - foot) / axis.top,
  };
}

function powersOfTen(lines: readonly Line[]): Vertical {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const every = Math.ceil(powers.length / 6);
  return {
    marks: powers.filter((_, i) => i % every === 0),
    share: (value) => (Math.log10(value) - low) / (high - low),
  };
}

/** A power of ten that is far from 1 as a power. */
function mark(value: number): string | Markup {
  const power = Math.log10(value);
  if (value === 0 || !Number.isInteger(Number(power.toFixed(9))) || Math.abs(power) < 4)
    return number(value, 4);
  return markup`10<tspan dy="-.45em" font-size="75%">${String(Math.round(power)).replace('-', '−')}</tspan>`;
}

function number(value: number, decimals = 2): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en-GB', { maximumFractionDigits: decimals }).replace('-', '−');
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
