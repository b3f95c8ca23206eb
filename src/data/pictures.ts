/** A picture of a data folder, its header checked and its bytes digested. */
export interface Picture {
  /** Relative to the data folder, parts joined by '/', in the form of `nameText` (names.ts). */
  readonly path: string;
  /** Where to open it, through `pathToOpen`: an absolute path, as the file system spells it, in the form of `decodeName`. */
  readonly file: string;
  /** Index into the folder's labels. */
  readonly label: number;
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly digest: string;
  /** Pictures with one name here stay on one side of every split and in one fold: one animal's, one camera's. */
  readonly group?: string;
}

/** A file that cannot be used, and why. */
export interface SkippedFile {
  /** As `Picture.path`. */
  readonly path: string;
  /** One line without a full stop, such as `plain text, not a picture`. */
  readonly reason: string;
}

/** A file that is no picture, or a damaged one. The message is the reason on one line, without the path. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}

/** Compares by Unicode code points, the same on every machine and in every locale. */
export function byCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Puts the halves of code points above U+FFFF after the letters U+E000 to U+FFFF, which UTF-16 has after them. */
function codePointRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** The first twenty of `lines`, one a line and indented, and how many more there are. */
export function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, 20).map((line) => `\n  ${line}`);
  if (lines.length > shown.length) shown.push(`\n  and ${lines.length - shown.length} more`);
  return shown.join('');
}

/** `1 picture`, `2 pictures`, `1 class`, `2 classes`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? singular : plural}`;
}
