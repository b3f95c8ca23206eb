/** A stretch of a lesson's file: prose without its slashes, or code as it stands. */
export interface Piece {
  readonly kind: 'prose' | 'code';
  readonly text: string;
  /** First and last line in the file, counted from 1. */
  readonly first: number;
  readonly last: number;
}

/**
 * A lesson's file as prose and paragraphs of code, in its order. Prose is every run of `//` lines that starts a line
 * after an empty one; a paragraph of code ends at an empty line after which a line starts without an indent. The same
 * reading as Jupytext's "light" notebooks.
 */
export function piecesOf(source: string): Piece[] {
  const lines = source.split('\n');
  const pieces: Piece[] = [];
  let start = 0;
  while (start < lines.length) {
    if (lines[start] === '') {
      start++;
      continue;
    }
    const kind = isProse(lines[start]!) ? 'prose' : 'code';
    let end = start + 1;
    while (end < lines.length && continues(kind, lines, end)) end++;
    const own = lines.slice(start, end);
    const text = own.map((line) => (kind === 'prose' ? line.replace(/^\/\/ ?/, '') : line)).join('\n');
    pieces.push({ kind, text: text.trimEnd(), first: start + 1, last: end });
    start = end;
  }
  return pieces;
}

function isProse(line: string): boolean {
  return line.startsWith('//');
}

function continues(kind: Piece['kind'], lines: readonly string[], at: number): boolean {
  if (kind === 'prose') return isProse(lines[at]!);
  if (lines[at] !== '') return true;
  const next = lines.slice(at).find((line) => line !== '');
  return next !== undefined && /^[\s})\]]/.test(next);
}
