import { type Markup, markup } from '../../src/report/markup.js';
import { caption } from './markdown.js';

/** A row of a table of bars: its name, perhaps more words, and for each column of numbers one of them or none. */
export type BarRow = readonly [name: string, ...cells: (string | number | null)[]];

/**
 * A table whose numbers have bars below them, each column measured by its largest number. Columns of words are plain.
 *
 * @param written how numbers are written; in full unless told.
 */
export function barTable(
  head: readonly string[],
  rows: readonly BarRow[],
  written: (value: number) => string = (value) => value.toLocaleString('en-GB'),
): Markup {
  const largest = head.map((_, column) =>
    Math.max(...rows.map((row) => (typeof row[column] === 'number' ? row[column] : 0))),
  );
  const isNumeric = (column: number) => rows.some((row) => typeof row[column] === 'number');
  const cell = (value: string | number | null, column: number) => {
    if (typeof value === 'string') return markup`<td>${caption(value)}</td>`;
    if (value === null) return markup`<td></td>`;
    const share = largest[column] === 0 ? 0 : (100 * Math.max(0, value)) / largest[column]!;
    return markup`<td class="bar"><span>${written(value)}</span><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-${column % 2}" width="${share.toFixed(2)}" height="6"/></svg></td>`;
  };
  return markup`<div class="scroll" tabindex="0"><table class="bars"><thead><tr>${head.map((name, i) => markup`<th scope="col"${isNumeric(i) && markup` class="number"`}>${caption(name)}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => markup`<tr><th scope="row">${caption(name)}</th>${cells.map((value, i) => cell(value, i + 1))}</tr>`)}</tbody></table></div>`;
}
