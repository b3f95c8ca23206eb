import type { CurveLine, LearningCurve } from '../../runs/learning-curve.js';
import { type Markup, markup } from '../markup.js';
import { percent, thousands } from '../text.js';

const [width, height] = [520, 330];
const [left, right, top, bottom] = [56, 20, 50, 50];

/**
 * Accuracy against the number of pictures, on a scale where each doubling is as wide: intervals as bars, the forecast
 * dashed with its interval as a band, chance dotted.
 */
export function learningCurveChart({ lines, forecast, chance }: LearningCurve): Markup {
  const all = lines.flatMap(({ points }) => points);
  const counts = [
    ...all.map(({ pictures }) => pictures),
    ...(forecast?.points ?? []).map(({ pictures }) => pictures),
  ];
  const [from, to] = [Math.log(Math.min(...counts)), Math.log(Math.max(...counts))];
  const x = (pictures: number) =>
    left + ((width - left - right) * (Math.log(pictures) - from)) / Math.max(to - from, 1e-9);
  const lowest = Math.min(chance, ...all.map(({ ci95 }) => ci95[0]));
  const floor = Math.max(0, Math.floor(10 * lowest) / 10);
  const y = (share: number) => height - bottom - ((height - top - bottom) * (share - floor)) / (1 - floor);
  const step = 1 - floor > 0.5 ? 0.2 : 0.1;
  const levels = Array.from({ length: Math.round((1 - floor) / step) + 1 }, (_, i) => 1 - i * step).filter(
    (level) => level >= floor - 1e-9,
  );
  const at = (value: number) => value.toFixed(1);
  const end = lines[0]!.points.at(-1)!;
  return markup`<svg class="curve learning" viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(lines, forecast)}">
${levels.map(
  (
    level,
  ) => markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${at(y(level))}" y2="${at(y(level))}"/>
<text x="${left - 8}" y="${at(y(level))}" dy=".35em" text-anchor="end">${Math.round(100 * level)} %</text>`,
)}
<line class="chance" x1="${left}" x2="${width - right}" y1="${at(y(chance))}" y2="${at(y(chance))}"/>
${ticks([...new Set(counts)], x).map((pictures) => markup`<text x="${at(x(pictures))}" y="${height - 28}" text-anchor="middle">${thousands(pictures)}</text>`)}
<text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">pictures to train on</text>
${
  forecast &&
  markup`<g class="transferred"><path class="band" d="M${at(x(end.pictures))} ${at(y(end.accuracy))}${forecast.points.map(({ pictures, ci95 }) => `L${at(x(pictures))} ${at(y(ci95[1]))}`).join('')}${[
    ...forecast.points,
  ]
    .reverse()
    .map(({ pictures, ci95 }) => `L${at(x(pictures))} ${at(y(Math.max(floor, ci95[0])))}`)
    .join('')}Z"/>
<path class="ahead" d="M${at(x(end.pictures))} ${at(y(end.accuracy))}${forecast.points.map(({ pictures, accuracy }) => `L${at(x(pictures))} ${at(y(accuracy))}`).join('')}"/></g>`
}
${lines.map(
  ({ network, points, title }, i) => markup`<g class="${kindOf(network)}">
<polyline class="validation" points="${points.map(({ pictures, accuracy }) => `${at(x(pictures))},${at(y(accuracy))}`).join(' ')}"/>
${points.map(
  ({ pictures, accuracy, ci95 }) =>
    markup`<path class="whisker" d="M${at(x(pictures))} ${at(y(ci95[0]))}V${at(y(ci95[1]))}"/><circle class="dot" cx="${at(x(pictures))}" cy="${at(y(accuracy))}" r="3.5"/>`,
)}
<line class="validation" x1="${left}" x2="${left + 20}" y1="${10 + 20 * i}" y2="${10 + 20 * i}"/></g>
<text x="${left + 26}" y="${10 + 20 * i}" dy=".35em">${title}</text>`,
)}</svg>`;
}

export function kindOf(network: CurveLine['network']): string {
  return network === 'lenet5' ? 'baseline' : 'transferred';
}

/** The numbers that have room below the axis. */
function ticks(counts: readonly number[], x: (pictures: number) => number): number[] {
  const shown: number[] = [];
  for (const count of [...counts].sort((a, b) => b - a)) {
    if (shown.length === 0 || x(shown.at(-1)!) - x(count) > 40) shown.push(count);
  }
  return shown;
}

function describe(lines: readonly CurveLine[], forecast: LearningCurve['forecast']): string {
  const of = ({ title, points }: CurveLine) =>
    `${title}: ${points.map(({ pictures, accuracy }) => `${percent(accuracy)} after ${thousands(pictures)}`).join(', ')}`;
  const ahead = forecast?.points.map(
    ({ pictures, accuracy }) => `${percent(accuracy)} after ${thousands(pictures)}`,
  );
  const parts = [...lines.map(of), ...(ahead ? [`forecast: ${ahead.join(', ')}`] : [])];
  return `Accuracy against the number of pictures. ${parts.join('. ')}`;
}
