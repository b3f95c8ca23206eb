import { type Bytes, FormatError } from './bytes.js';
import { Cursor } from './cursor.js';

/** A field of a message in a file: where its bytes lie (a nested message, a string …), or the number of a varint. */
export interface FilePart {
  readonly number: number;
  readonly start: number;
  readonly length: number;
  readonly value?: number;
}

/** How much is read at once to walk over small fields; big ones are only stepped over. */
const windowSize = 2 ** 16;

/** A tag and a length, or a tag and a varint, take at most this. */
const longestHead = 20;

/** The fields of a message that lies in a file from `start` to `end`, in the order written, without reading their content. */
export async function* fieldsInFile(
  bytes: Bytes,
  start: number,
  end: number,
): AsyncGenerator<FilePart, void> {
  let window: Uint8Array = new Uint8Array();
  let windowStart = start;
  for (let at = start; at < end;) {
    if (at < windowStart || at + longestHead > windowStart + window.length) {
      windowStart = at;
      window = await bytes.read(at, Math.min(windowSize, end - at));
    }
    const cursor = new Cursor(window, at - windowStart);
    const tag = cursor.varintLength();
    const number = Math.floor(tag / 8);
    if (number === 0 || number >= 2 ** 29) throw new FormatError('it is no protocol-buffers message');
    const value = tag % 8 === 0 ? Number(BigInt.asIntN(64, cursor.varint())) : undefined;
    const length = value === undefined ? contentLength(tag % 8, cursor) : 0;
    const contentStart = windowStart + cursor.position;
    at = contentStart + length;
    if (at > end)
      throw new FormatError(`it ends too early: ${length} bytes are needed at byte ${contentStart}`);
    yield { number, start: contentStart, length, ...(value !== undefined && { value }) };
  }
}

function contentLength(wireType: number, cursor: Cursor): number {
  switch (wireType) {
    case 1:
      return 8;
    case 2:
      return cursor.varintLength();
    case 5:
      return 4;
    default:
      throw new FormatError('it is no protocol-buffers message');
  }
}
