/** Writes protocol-buffers messages, for tests of what reads them. */

export function message(...fields: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields));
}

/** A nested message, a string or packed values. */
export function bytesField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return message(varint(number * 8 + 2), varint(bytes.length), bytes);
}

export function varintField(number: number, value: number | bigint): Uint8Array {
  return message(varint(number * 8), varint(value));
}

export function fixed32Field(number: number, value: number): Uint8Array {
  return message(varint(number * 8 + 5), floats([value]));
}

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** Values as float32, little-endian. */
export function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Values as float64, little-endian. */
export function doubles(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}
