import { formatMatrix, heightOf, type Matrix, widthOf } from '../../src/arithmetic/index.js';
import { type Markup, markup } from '../../src/report/markup.js';

/** Cells with a frame around them: what a window covers. */
export interface Frame {
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
}

/** A matrix, alone or with frames around some of its cells. */
export type Shown = Matrix | { readonly values: Matrix; readonly frames: readonly Frame[] };

/** Matrices under their names, and the signs that stand between them. */
export type Row = readonly (string | Readonly<Record<string, Shown>>)[];

const cellHeight = 32;

/** Numbers on tiles: the stronger the colour, the further from zero; one colour above, the other below. */
export function matrixRow(row: Row): Markup {
  return markup`<div class="matrices">${row.map((part) =>
    typeof part === 'string'
      ? markup`<span class="sign">${part}</span>`
      : Object.entries(part).map(([name, shown]) => oneMatrix(name, shown)),
  )}</div>`;
}

function oneMatrix(name: string, shown: Shown): Markup {
  const { values, frames } = 'frames' in shown ? shown : { values: shown, frames: [] };
  const texts = values.map((line) => formatMatrix([line]).trim().split(/\s+/));
  const longest = Math.max(...texts.flat().map((text) => text.length));
  const cell = Math.max(cellHeight, 8.6 * longest + 12);
  const [width, height] = [cell * widthOf(values), cellHeight * heightOf(values)];
  const largest = Math.max(...values.flat().map(Math.abs), 1e-9);
  const tiles = values.flatMap((line, r) =>
    line.map((value, c) => {
      const strength = ((0.6 * Math.abs(value)) / largest).toFixed(3);
      return markup`<rect class="${value < 0 ? 'below' : 'above'}" x="${c * cell}" y="${r * cellHeight}" width="${cell}" height="${cellHeight}" fill-opacity="${strength}"/>
<text x="${(c + 0.5) * cell}" y="${(r + 0.5) * cellHeight}" dy=".35em" text-anchor="middle">${texts[r]![c]!}</text>`;
    }),
  );
  const framed = frames.map(
    (frame) =>
      markup`<rect class="frame" x="${frame.column * cell + 1}" y="${frame.row * cellHeight + 1}" width="${frame.width * cell - 2}" height="${frame.height * cellHeight - 2}"/>`,
  );
  return markup`<div class="matrix"><span class="name">${name}</span><svg viewBox="-1 -1 ${width + 2} ${height + 2}" width="${width + 2}" height="${height + 2}" role="img" aria-label="${name}: ${texts.map((line) => line.join(' ')).join(' / ')}">${tiles}${framed}</svg></div>`;
}
