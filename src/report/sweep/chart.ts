import type { Trial } from '../../runs/sweep.js';
import { type Markup, markup } from '../markup.js';
import { percent } from '../text.js';

const [width, height] = [420, 230];
const [left, right, top, bottom] = [64, 16, 12, 34];

/** First-round accuracy of every setting against one option: numbers on a scale of factors, names side by side. */
export function sweepChart(option: string, trials: readonly Trial[]): Markup | undefined {
  const own = trials.flatMap(({ setting, first }) =>
    setting[option] === undefined ? [] : [{ value: setting[option], accuracy: first }],
  );
  const values = [...new Set(own.map(({ value }) => value))];
  if (values.length < 2) return undefined;
  const numbers = values.filter((value) => typeof value === 'number' && value > 0) as number[];
  const isScale = numbers.length === values.length && values.length > 2;
  const names = isScale ? [] : values.map(String).sort();
  const [from, to] = [Math.log(Math.min(...numbers)), Math.log(Math.max(...numbers))];
  const wide = width - left - right;
  const x = (value: string | number) =>
    isScale
      ? left + 8 + ((wide - 16) * (Math.log(Number(value)) - from)) / (to - from)
      : left + (wide * (names.indexOf(String(value)) + 0.5)) / names.length;
  const accuracies = own.map(({ accuracy }) => accuracy);
  const [low, high] = [Math.min(...accuracies), Math.max(...accuracies)];
  const step = [0.005, 0.01, 0.02, 0.05, 0.1].find((one) => (high - low) / one <= 5) ?? 0.25;
  const floor = step * Math.floor(low / step + 1e-9);
  const ceiling = Math.min(1, step * Math.ceil(high / step + 1e-9));
  const y = (share: number) =>
    height - bottom - ((height - top - bottom) * (share - floor)) / (ceiling - floor || 1);
  const levels = Array.from({ length: Math.round((ceiling - floor) / step) + 1 }, (_, i) => floor + i * step);
  const marks = isScale ? powersOfTen(from, to) : names;
  const best = own.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return markup`<figure><figcaption>${option}</figcaption><svg class="curve transferred" viewBox="0 0 ${width} ${height}" role="img" aria-label="${`Cross-validated accuracy against ${option}: from ${percent(low)} to ${percent(high)}, the highest at ${String(best.value)}`}">
${levels.map((level) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(level).toFixed(1)}" y2="${y(level).toFixed(1)}"/><text x="${left - 6}" y="${y(level).toFixed(1)}" dy=".35em" text-anchor="end">${Number((100 * level).toFixed(1))} %</text>`)}
${marks.map((mark) => markup`<text x="${x(mark).toFixed(1)}" y="${height - 10}" text-anchor="middle">${String(mark)}</text>`)}
${own.map(({ value, accuracy }, i) => markup`<circle class="single" cx="${(x(value) + (isScale ? 0 : ((i * 7919) % 41) - 20)).toFixed(1)}" cy="${y(accuracy).toFixed(1)}" r="3"/>`)}</svg></figure>`;
}

function powersOfTen(from: number, to: number): number[] {
  const [first, last] = [Math.ceil(from / Math.LN10 - 1e-9), Math.floor(to / Math.LN10 + 1e-9)];
  const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(`1e${first + i}`));
  return all.length > 0 ? all : [Number(Math.exp(from).toPrecision(2)), Number(Math.exp(to).toPrecision(2))];
}
