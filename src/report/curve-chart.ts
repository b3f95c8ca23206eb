import type { EpochRecord } from '../runtime/progress.js';
import { counted } from '../data/pictures.js';
import { axisUpTo, ticks } from './axis.js';
import { type Markup, markup } from './markup.js';

const [width, height] = [520, 230];
const [left, right, top, bottom] = [46, 14, 26, 30];

interface Series {
  readonly name: 'training' | 'validation';
  readonly points: readonly { readonly epoch: number; readonly value: number }[];
}

/**
 * Loss or accuracy by epoch: training thin, validation strong, the epoch with the lowest validation loss marked.
 *
 * @param kind CSS class that gives the colour.
 */
export function curveChart(
  title: string,
  history: readonly EpochRecord[],
  what: 'loss' | 'accuracy',
  kind: string,
): Markup {
  const series = seriesOf(history, what);
  const axis = what === 'accuracy' ? { top: 1, step: 0.25 } : axisUpTo(highest(series));
  const last = Math.max(history.at(-1)?.epoch ?? 1, 2);
  const x = (epoch: number) => left + ((width - left - right) * (epoch - 1)) / (last - 1);
  const y = (value: number) => height - bottom - ((height - top - bottom) * value) / axis.top;
  const best = lowestValidation(history);
  const bestValue = best && (what === 'loss' ? best.validationLoss : best.validationAccuracy);
  return markup`<svg class="curve ${kind}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(title, history, what)}">
${ticks(axis).map(
  (value) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>
<text x="${left - 8}" y="${y(value)}" dy=".35em" text-anchor="end">${axisText(value, what)}</text>`,
)}
${epochTicks(last).map((epoch) => markup`<text x="${x(epoch)}" y="${height - 10}" text-anchor="middle">${epoch}</text>`)}
${series.map((one) => line(one, x, y))}
${best && bestValue !== undefined && markup`<circle class="best" cx="${x(best.epoch).toFixed(1)}" cy="${y(bestValue).toFixed(1)}" r="4"/>`}
${series.map(
  (
    { name },
    i,
  ) => markup`<line class="${name}" x1="${left + 100 * i}" x2="${left + 20 + 100 * i}" y1="10" y2="10"/>
<text x="${left + 26 + 100 * i}" y="10" dy=".35em">${name}</text>`,
)}</svg>`;
}

function seriesOf(history: readonly EpochRecord[], what: 'loss' | 'accuracy'): Series[] {
  const training = history.map((record) => ({ epoch: record.epoch, value: record[what] }));
  const validation = history.flatMap((record) => {
    const value = what === 'loss' ? record.validationLoss : record.validationAccuracy;
    return value === undefined ? [] : [{ epoch: record.epoch, value }];
  });
  const all: Series[] = [
    { name: 'training', points: training },
    { name: 'validation', points: validation },
  ];
  return all.filter(({ points }) => points.length > 0);
}

function highest(series: readonly Series[]): number {
  return Math.max(
    ...series.flatMap(({ points }) => points.map(({ value }) => value)).filter(Number.isFinite),
    0,
  );
}

function line({ name, points }: Series, x: (epoch: number) => number, y: (value: number) => number): Markup {
  const places = points.map(({ epoch, value }) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`);
  if (places.length === 1) {
    const [cx, cy] = places[0]!.split(',');
    return markup`<circle class="point" cx="${cx}" cy="${cy}" r="3"/>`;
  }
  return markup`<polyline class="${name}" points="${places.join(' ')}"/>`;
}

/** The epoch that the dot marks. */
export function lowestValidation(history: readonly EpochRecord[]): EpochRecord | undefined {
  return history
    .filter(({ validationLoss }) => validationLoss !== undefined)
    .reduce<EpochRecord | undefined>(
      (best, record) => (best && best.validationLoss! <= record.validationLoss! ? best : record),
      undefined,
    );
}

function epochTicks(last: number): number[] {
  const { step } = axisUpTo(last);
  const whole = Math.max(1, Math.round(step));
  const between = Array.from({ length: Math.floor(last / whole) }, (_, i) => (i + 1) * whole);
  return [1, ...between.filter((epoch) => epoch > 1 && last - epoch > whole / 2), last];
}

function axisText(value: number, what: 'loss' | 'accuracy'): string {
  return what === 'accuracy' ? `${Math.round(100 * value)} %` : String(Number(value.toPrecision(3)));
}

function describe(title: string, history: readonly EpochRecord[], what: 'loss' | 'accuracy'): string {
  const last = history.at(-1);
  if (!last) return `${title}: no epochs`;
  const validation = what === 'loss' ? last.validationLoss : last.validationAccuracy;
  const end = validation === undefined ? '' : `, on the validation pictures ${validation.toPrecision(3)}`;
  return `${title}: ${what} by epoch; after ${counted(history.length, 'epoch')} ${last[what].toPrecision(3)}${end}`;
}
