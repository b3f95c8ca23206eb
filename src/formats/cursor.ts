import { FormatError } from './bytes.js';

/** Reads little-endian values from bytes one after the other; past the end every method throws a FormatError. */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = position;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes still to read. */
  get left(): number {
    return this.#bytes.length - this.#position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  /** A 64-bit length or offset; throws above 2^53, which no file reaches. */
  length64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > Number.MAX_SAFE_INTEGER) throw new FormatError(`it states an impossible length, ${value}`);
    return Number(value);
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** Protocol buffers' and LevelDB's variable-length integer, as an unsigned 64-bit value. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.uint8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new FormatError('a number is longer than 64 bits');
  }

  /** A varint that is a length, an offset or a tag. */
  varintLength(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = this.uint8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new FormatError('it states an impossible length');
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The bytes up to the next newline, which is read too but not returned. */
  line(): Uint8Array {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw new FormatError('a line of text has no end');
    const line = this.take(end - this.#position);
    this.#position++;
    return line;
  }

  #advance(length: number): number {
    if (!(length >= 0 && length <= this.left)) {
      throw new FormatError(
        `it ends too early: ${length} bytes are needed at byte ${this.#position}, ${this.left} are left`,
      );
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }
}
