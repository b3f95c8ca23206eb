import { csvField, withoutApostrophe } from './csv-field.js';
import { UserError } from '../runtime/errors.js';

/** Comma-separated values, a line a row; `parseCsv` reads them back. */
export function csv(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

/**
 * The rows of comma-separated values: line ends of any kind, quoted fields, a byte order mark left out.
 *
 * @throws UserError when a quote is never closed, or closed in the middle of a field.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const token = /"([^"]*(?:""[^"]*)*)"(?=,|\r|\n|$)|([^",\r\n][^,\r\n]*)|(,)|(\r\n|\r|\n)/y;
  const source = text.replace(/^\uFEFF/, '');
  let afterComma = true;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const match = token.exec(source);
    if (!match) {
      const line = source.slice(0, at).split(/\r\n|\r|\n/).length;
      throw new UserError(`Expected comma-separated values but the quotes in line ${line} do not match.`);
    }
    const [, quoted, bare, comma] = match;
    if (quoted !== undefined || bare !== undefined) {
      row.push(withoutApostrophe(quoted?.replaceAll('""', '"') ?? bare!));
      afterComma = false;
    } else {
      if (afterComma) row.push('');
      afterComma = true;
      if (comma === undefined) {
        rows.push(row);
        row = [];
      }
    }
  }
  if (row.length > 0) rows.push(afterComma ? [...row, ''] : row);
  return rows;
}
