import { FormatError } from './bytes.js';
import { Cursor } from './cursor.js';

/**
 * One field of a protocol-buffers message: its number and its bytes (a nested message, a string, packed
 * values, or the 4 or 8 bytes of a fixed-size value); `value` is the number when the field is a varint.
 */
export interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly value: number;
}

const nothing = new Uint8Array();

/**
 * The fields of a message, in the order written. Encoding: protobuf.dev, "Encoding", "Message Structure".
 * Throws a FormatError where the bytes are no message.
 */
export function* fieldsOf(message: Uint8Array): Generator<Field, void> {
  const cursor = new Cursor(message);
  while (cursor.left > 0) {
    const tag = cursor.varintLength();
    const number = Math.floor(tag / 8);
    if (number === 0 || number >= 2 ** 29) throw new FormatError(`it is no protocol-buffers message`);
    switch (tag % 8) {
      case 0:
        yield { number, bytes: nothing, value: signed(cursor.varint()) };
        break;
      case 1:
        yield { number, bytes: cursor.take(8), value: 0 };
        break;
      case 2:
        yield { number, bytes: cursor.take(cursor.varintLength()), value: 0 };
        break;
      case 5:
        yield { number, bytes: cursor.take(4), value: 0 };
        break;
      default:
        throw new FormatError(`it is no protocol-buffers message`);
    }
  }
}

/** The whole numbers of a repeated integer field, packed (`bytes`) or one at a time (`value`); at most 64. */
export function integersOf({ bytes, value }: Field): number[] {
  if (bytes === nothing) return [value];
  const cursor = new Cursor(bytes);
  const values: number[] = [];
  while (cursor.left > 0) {
    if (values.push(signed(cursor.varint())) > 64)
      throw new FormatError('a list of whole numbers is too long');
  }
  return values;
}

/**
 * All bytes of a repeated field of fixed-size numbers, which writers may put down packed, in pieces or one by
 * one: a view where they lie together, else a copy.
 */
export function bytesOfField(message: Uint8Array, number: number): Uint8Array {
  let first: Uint8Array = nothing;
  let pieces = 0;
  let length = 0;
  for (const field of fieldsOf(message)) {
    if (field.number !== number) continue;
    if (pieces++ === 0) first = field.bytes;
    length += field.bytes.length;
  }
  if (pieces <= 1) return first;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const field of fieldsOf(message)) {
    if (field.number !== number) continue;
    joined.set(field.bytes, at);
    at += field.bytes.length;
  }
  return joined;
}

/** int64 as protocol buffers write it. A magnitude above 2^53 loses digits, but stays too big for any shape. */
function signed(varint: bigint): number {
  return Number(BigInt.asIntN(64, varint));
}
