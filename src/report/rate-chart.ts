import type { RateTest } from '../training/rate-test.js';
import { axisUpTo, ticks } from './axis.js';
import { markup } from './markup.js';

const [width, height] = [720, 400];
const [left, right, top, bottom] = [64, 24, 56, 56];

/** The loss of a range test against the learning rate, on a logarithmic scale, as an SVG file of its own. */
export function rateChart({ steps, suggestion }: RateTest, title: string): string {
  const [from, to] = [Math.log10(steps[0]!.rate), Math.log10(steps.at(-1)!.rate)];
  const x = (rate: number) =>
    left + ((width - left - right) * (Math.log10(rate) - from)) / Math.max(to - from, 1e-9);
  // a batch that diverged would press all others to the ground
  const smoothed = steps.map((step) => step.smoothed);
  const [begun, most] = [smoothed[0]!, Math.max(...smoothed)];
  const axis = axisUpTo(1.1 * Math.min(most, 2 * begun));
  const y = (loss: number) =>
    height - bottom - ((height - top - bottom) * Math.min(loss, axis.top)) / axis.top;
  const powers = Array.from({ length: Math.floor(to) - Math.ceil(from) + 1 }, (_, i) => Math.ceil(from) + i);
  const at = (value: number) => value.toFixed(1);
  const line = (values: (step: RateTest['steps'][number]) => number) =>
    steps.map((step) => `${at(x(step.rate))},${at(y(values(step)))}`).join(' ');
  const chosen =
    suggestion === undefined
      ? 'no suggestion: the loss fell at no rate'
      : `suggested ${rateText(suggestion)}`;
  const svg = markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Loss against the learning rate of ${title}: ${chosen}">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${left}" y="22" font-size="16" font-weight="600">${title}</text>
<text x="${left}" y="42" fill="#555">loss against the learning rate; ${chosen}</text>
${ticks(axis).map(
  (
    value,
  ) => markup`<line x1="${left}" x2="${width - right}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#e3e3e3"/>
<text x="${left - 8}" y="${at(y(value))}" dy=".35em" text-anchor="end" fill="#555">${String(Number(value.toPrecision(3)))}</text>`,
)}
${powers.map(
  (
    power,
  ) => markup`<line x1="${at(x(10 ** power))}" x2="${at(x(10 ** power))}" y1="${top}" y2="${height - bottom}" stroke="#f1f1f1"/>
<text x="${at(x(10 ** power))}" y="${height - bottom + 20}" text-anchor="middle" fill="#555">${rateText(10 ** power)}</text>`,
)}
<text x="${(left + width - right) / 2}" y="${height - 10}" text-anchor="middle" fill="#555">learning rate</text>
<polyline points="${line(({ loss }) => loss)}" fill="none" stroke="#b8cbe0" stroke-width="1"/>
<polyline points="${line(({ smoothed }) => smoothed)}" fill="none" stroke="#0072b2" stroke-width="2.5"/>
${
  suggestion !== undefined &&
  markup`<line x1="${at(x(suggestion))}" x2="${at(x(suggestion))}" y1="${top}" y2="${height - bottom}" stroke="#d55e00" stroke-dasharray="5 4"/>
<circle cx="${at(x(suggestion))}" cy="${at(y(nearest(steps, suggestion).smoothed))}" r="5" fill="#d55e00"/>`
}
</svg>`;
  return `${svg.markup}\n`;
}

function nearest(steps: RateTest['steps'], rate: number) {
  return steps.find((step) => step.rate >= rate) ?? steps.at(-1)!;
}

/** `1e-5`, `0.001`, `0.0023`, `10`. */
export function rateText(rate: number): string {
  const short = Number(rate.toPrecision(2));
  return short < 0.001 ? short.toExponential().replace('+', '') : String(short);
}
