import { UserError } from '../runtime/errors.js';

/**
 * Comma-separated values as RFC 4180 has them: fields with commas, quotes or line ends are quoted. A text that a
 * spreadsheet would take for a formula (`=1+1`, `-rf`) gets an apostrophe before it, which `parseCsv` takes off.
 */
export function csv(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('');
}

const formula = /^'*[=+\-@\t\r]/;

function field(value: string | number | undefined): string {
  const plain = value === undefined ? '' : String(value);
  const text = typeof value === 'string' && formula.test(value) && !isNumber(value) ? `'${value}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
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

function withoutApostrophe(text: string): string {
  return /^'+[=+\-@\t\r]/.test(text) && !isNumber(text) ? text.slice(1) : text;
}
