import { displayWidth, shortened } from './display-width.js';
import { type Markup, markup, trusted } from './markup.js';

const mostClasses = 40;
const keptOfMore = 30;
const font = 12;

interface Matrix {
  readonly counts: readonly (readonly number[])[];
  readonly labels: readonly string[];
  /** Index of the row and column that stand for several classes. */
  readonly rest?: number;
}

/**
 * The confusion matrix as SVG: true classes down, answers across, a cell the darker the larger its share of the row.
 * Of more than forty classes, the thirty with the most mistakes are shown and the rest in one row and column.
 * Colours follow the page's CSS variables where there are any, so the same chart is a file of its own.
 */
export function confusionChart(counts: readonly (readonly number[])[], labels: readonly string[]): Markup {
  const matrix = labels.length > mostClasses ? withRestTogether(counts, labels) : { counts, labels };
  const names = matrix.labels.map((label) => shortened(label, 26));
  const classes = names.length;
  const cell = classes <= 4 ? 64 : classes <= 8 ? 52 : classes <= 12 ? 40 : classes <= 20 ? 30 : 20;
  const longest = Math.max(...names.map((name) => displayWidth(name))) * font * 0.6;
  const slanted = Math.ceil(longest * Math.SQRT1_2);
  const [left, top, size] = [Math.ceil(longest) + 34, slanted + 44, cell * classes];
  const [width, height] = [left + size + Math.max(8, slanted - cell / 2 + 10), top + size + 4];
  const middle = (i: number) => i * cell + cell / 2;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" class="confusion" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${describe(counts, labels)}">
<style>${trusted(style(cell))}</style><rect class="paper" width="${width}" height="${height}"/>
${matrix.counts.map((row, i) => row.map((count, j) => drawCell(matrix, count, i, j, { cell, left, top })))}
<rect class="frame" x="${left - 0.5}" y="${top - 0.5}" width="${size}" height="${size}"/>
${names.map(
  (
    name,
    i,
  ) => markup`<text x="${left - 10}" y="${top + middle(i)}" dy=".35em" text-anchor="end">${name}</text>
<text transform="translate(${left + middle(i)} ${top - 10}) rotate(-45)" dy=".2em">${name}</text>`,
)}
<text class="axis" transform="translate(12 ${top + size / 2}) rotate(-90)" text-anchor="middle">what it is</text>
<text class="axis" x="${left + size / 2}" y="14" text-anchor="middle">what it was taken for</text></svg>`;
}

function drawCell(
  { counts, labels, rest }: Matrix,
  count: number,
  i: number,
  j: number,
  { cell, left, top }: { readonly cell: number; readonly left: number; readonly top: number },
): Markup | undefined {
  if (count === 0) return undefined;
  const total = counts[i]!.reduce((a, b) => a + b, 0);
  const share = count / total;
  const kind = i === rest && j === rest ? 'rest' : i === j ? 'right' : 'wrong';
  const [x, y] = [left + j * cell, top + i * cell];
  const title = `${labels[i]}, taken for ${labels[j]}: ${count} of ${total}`;
  const fits = String(count).length * numberFont(cell) * 0.62 <= cell - 2 && kind !== 'rest';
  return markup`<g><title>${title}</title><rect class="${kind}" x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" fill-opacity="${(0.14 + 0.86 * share).toFixed(2)}"/>${
    fits &&
    markup`<text class="count${share > 0.5 ? ' strong' : ''}" x="${x + (cell - 1) / 2}" y="${y + (cell - 1) / 2}" dy=".36em" text-anchor="middle">${count}</text>`
  }</g>`;
}

function withRestTogether(counts: readonly (readonly number[])[], labels: readonly string[]): Matrix {
  const mistakes = labels.map((_, i) =>
    counts.reduce((sum, row, j) => (i === j ? sum : sum + row[i]! + counts[i]![j]!), 0),
  );
  const hardest = labels
    .map((_, i) => i)
    .sort((a, b) => mistakes[b]! - mistakes[a]!)
    .slice(0, keptOfMore)
    .sort((a, b) => a - b);
  const place = labels.map((_, i) => (hardest.includes(i) ? hardest.indexOf(i) : keptOfMore));
  const folded = Array.from({ length: keptOfMore + 1 }, () => new Array<number>(keptOfMore + 1).fill(0));
  for (const [i, row] of counts.entries()) {
    for (const [j, count] of row.entries()) folded[place[i]!]![place[j]!]! += count;
  }
  const others = `the ${labels.length - keptOfMore} others`;
  return { counts: folded, labels: [...hardest.map((i) => labels[i]!), others], rest: keptOfMore };
}

function describe(counts: readonly (readonly number[])[], labels: readonly string[]): string {
  const right = counts.reduce((sum, row, i) => sum + row[i]!, 0);
  const all = counts.flat().reduce((a, b) => a + b, 0);
  return `Confusion matrix of ${labels.length} classes: ${right} of ${all} pictures on the diagonal, which is right`;
}

function numberFont(cell: number): number {
  return Math.min(15, Math.max(9, cell * 0.42));
}

function style(cell: number): string {
  return `
.confusion text { font: ${font}px system-ui, sans-serif; fill: var(--ink, #1d2733); }
.confusion .axis { fill: var(--soft, #5a6675); letter-spacing: .02em; }
.confusion .count { font-size: ${numberFont(cell)}px; font-variant-numeric: tabular-nums; }
.confusion .strong { fill: var(--on-colour, #ffffff); }
.confusion .paper { fill: var(--paper, #ffffff); } .confusion .frame { fill: none; stroke: var(--line, #dde3ea); }
.confusion .right { fill: var(--right, #17697f); } .confusion .wrong { fill: var(--wrong, #b8432c); }
.confusion .rest { fill: var(--soft, #5a6675); }
`;
}
