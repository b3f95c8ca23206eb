import type { EpochRecord } from '../training/fit.js';
import { escapeHtml } from './text.js';

interface Series {
  readonly name: string;
  readonly values: readonly number[];
  readonly dashed: boolean;
}

const [width, height] = [520, 240];
const [left, right, top, bottom] = [46, 12, 12, 34];

/** Loss or accuracy by epoch as SVG: training solid, validation dashed. */
export function curveChart(history: readonly EpochRecord[], what: 'loss' | 'accuracy'): string {
  const validation = history.flatMap(
    (r) => (what === 'loss' ? r.validationLoss : r.validationAccuracy) ?? [],
  );
  const series: Series[] = [
    { name: 'training', values: history.map((r) => r[what]), dashed: false },
    ...(validation.length > 0 ? [{ name: 'validation', values: validation, dashed: true }] : []),
  ];
  const most = what === 'accuracy' ? 1 : niceCeiling(Math.max(...series.flatMap((s) => s.values), 1e-6));
  const epochs = Math.max(history.length, 2);
  const x = (i: number) => left + ((width - left - right) * i) / (epochs - 1);
  const y = (value: number) => height - bottom - ((height - top - bottom) * value) / most;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = share * most;
    const text = what === 'accuracy' ? `${Math.round(100 * value)} %` : String(Number(value.toPrecision(3)));
    return (
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${left - 6}" y="${y(value)}" dy=".35em" text-anchor="end">${text}</text>`
    );
  });
  const lines = series.map(({ values, dashed }) => {
    const points = values
      .map((value, i) => `${x(i).toFixed(1)},${y(Math.min(value, most)).toFixed(1)}`)
      .join(' ');
    return `<polyline class="${dashed ? 'validation' : 'training'}" points="${points}"/>`;
  });
  const legend = series.map(({ name, dashed }, i) => {
    const at = left + 8 + i * 110;
    const level = what === 'accuracy' ? height - bottom - 12 : top + 8;
    return (
      `<line class="${dashed ? 'validation' : 'training'}" x1="${at}" x2="${at + 24}" y1="${level}" y2="${level}"/>` +
      `<text x="${at + 30}" y="${level}" dy=".35em">${escapeHtml(name)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="curve" viewBox="0 0 ${width} ${height}" role="img" aria-label="${what} by epoch">` +
    `${grid.join('')}${lines.join('')}${legend.join('')}` +
    `<text x="${left}" y="${height - 12}">1</text>` +
    `<text x="${width - right}" y="${height - 12}" text-anchor="end">${history.length} epochs</text></svg>`
  );
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 1.5, 2, 2.5, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10);
}
