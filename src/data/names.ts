import { isUtf8 } from 'node:buffer';
import { controlCharacters, printable } from '../runtime/printable.js';

/**
 * The name of a file as a string that gives its bytes back. A name is bytes, by custom UTF-8; archives packed on old
 * systems hold others. Each byte that is no UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF (as Python's
 * `surrogateescape` does), which no name in UTF-8 can hold.
 */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((count) => isUtf8(bytes.subarray(at, at + count)));
    name += length ? bytes.subarray(at, at + length).toString() : String.fromCharCode(0xdc00 + bytes[at]!);
    at += length ?? 1;
  }
  return name;
}

const byteOutsideUtf8 = /[\uDC80-\uDCFF]/u;

/** What opens a file: its path, as bytes where `decodeName` found some that are no UTF-8. */
export function pathToOpen(file: string): string | Buffer {
  if (!byteOutsideUtf8.test(file)) return file;
  return Buffer.concat(
    file
      .split(/([\uDC80-\uDCFF])/u)
      .map((part) =>
        byteOutsideUtf8.test(part) ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part),
      ),
  );
}

/**
 * A name or path for people, labels and records: letters composed (NFC); bytes that are no UTF-8 and control
 * characters, line ends among them, written `\xe4`. A backslash that would look like the beginning of such is `\x5c`,
 * so that two names never have the same text.
 */
export function nameText(name: string): string {
  if (!/[\\\uDC80-\uDCFF]/.test(name) && !controlCharacters.test(name)) return name.normalize('NFC');
  const escaped = name
    .replace(/\\(?=x[0-9a-f]{2})/g, '\\x5c')
    .replace(/[\uDC80-\uDCFF]/gu, (byte) => `\\x${(byte.charCodeAt(0) - 0xdc00).toString(16)}`)
    .replaceAll('\n', '\\x0a');
  return printable(escaped).normalize('NFC');
}
