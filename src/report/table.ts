import { displayWidth, shortened } from './display-width.js';

/**
 * Columns side by side, two blanks apart; the columns named in `right` end together. When a line would be longer than
 * `columns`, the cells of the first column are shortened, down to eight letters.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  columns = 80,
): string {
  const plain = rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}/gu, '\uFFFD')));
  const widths = plain[0]!.map((_, column) => Math.max(...plain.map((row) => displayWidth(row[column]!))));
  const others = widths.slice(1).reduce((sum, width) => sum + 2 + width, 0);
  widths[0] = Math.min(widths[0]!, Math.max(8, columns - others));
  return plain
    .map((row) =>
      row
        .map((cell, column) => {
          const text = column === 0 ? shortened(cell, widths[0]!) : cell;
          const blanks = ' '.repeat(widths[column]! - displayWidth(text));
          return right.includes(column) ? blanks + text : text + blanks;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
