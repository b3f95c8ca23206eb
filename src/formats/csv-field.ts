/** What spreadsheets take for a formula. */
const formula = /^'*[=+\-@\t\r]/;

/**
 * A field of comma-separated values as RFC 4180 has it: with commas, quotes or line ends in it, it is quoted. A text
 * that a spreadsheet would take for a formula (`=1+1`, `-rf`) gets an apostrophe before it.
 */
export function csvField(value: string | number | undefined): string {
  const plain = value === undefined ? '' : String(value);
  const text = typeof value === 'string' && formula.test(value) && !isNumber(value) ? `'${value}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text of a field, unquoted, without the apostrophe of `csvField`. */
export function withoutApostrophe(text: string): string {
  return /^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
}
