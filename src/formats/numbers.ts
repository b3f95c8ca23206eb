import type { NamedTensor } from './tensors.js';
import { FormatError } from './bytes.js';

/** How weight files store numbers, little-endian. */
export type NumberType = keyof typeof bytesPerNumber;

export const bytesPerNumber = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
} as const;

/**
 * A tensor from its bytes, or undefined for a whole number without dimensions: that is a counter
 * (PyTorch's num_batches_tracked, TensorFlow's global_step), not a weight.
 * Throws a FormatError when the shape and the bytes do not agree or a value does not fit float32.
 */
export function tensorFrom(
  name: string,
  shape: readonly number[],
  type: NumberType,
  bytes: Uint8Array,
): NamedTensor | undefined {
  checkLength(name, shape, type, bytes);
  if (shape.length === 0 && !type.includes('float')) return undefined;
  return { shape, data: toFloat32(name, bytes, type) };
}

/**
 * The same of bytes that are the caller's alone: float32 is read in place where it can be, for a network's numbers are many.
 * Who keeps a small part of the bytes copies it: see `matchWeights`.
 */
export function tensorOfOwn(
  name: string,
  shape: readonly number[],
  type: NumberType,
  bytes: Uint8Array,
): NamedTensor | undefined {
  const { buffer, byteOffset, length } = bytes;
  if (type !== 'float32' || byteOffset % 4 !== 0) return tensorFrom(name, shape, type, bytes);
  checkLength(name, shape, type, bytes);
  return { shape, data: new Float32Array(buffer, byteOffset, length / 4) };
}

function checkLength(name: string, shape: readonly number[], type: NumberType, bytes: Uint8Array): void {
  const expected = elementsOf(name, shape) * bytesPerNumber[type];
  if (bytes.length === expected) return;
  throw new FormatError(
    `tensor '${name}' of shape [${shape}] takes ${expected} bytes as ${type} and has ${bytes.length}`,
  );
}

/** How many values a shape read from a file holds; throws a FormatError for a shape that no memory can hold. */
export function elementsOf(name: string, shape: readonly number[]): number {
  let size = 1;
  for (const side of shape) {
    if (!Number.isSafeInteger(side) || side < 0) {
      throw new FormatError(`tensor '${name}' has the impossible shape [${shape.slice(0, 8)}]`);
    }
    size *= side;
  }
  if (shape.length > 32 || size > 2 ** 31) {
    throw new FormatError(`tensor '${name}' has the impossible shape [${shape.slice(0, 8)}]`);
  }
  return size;
}

/**
 * Values as float32, always a copy. float16, bfloat16 and float32 convert exactly, float64 is rounded;
 * whole numbers must be exact (at most 2^24 in size).
 */
export function toFloat32(name: string, bytes: Uint8Array, type: NumberType): Float32Array {
  // Not bytes.slice(): on a Buffer that is a view.
  const aligned = new Uint8Array(bytes).buffer;
  switch (type) {
    case 'float32':
      return new Float32Array(aligned);
    case 'float16':
      return Float32Array.from(new Uint16Array(aligned), halfToNumber);
    case 'bfloat16':
      return new Float32Array(Uint32Array.from(new Uint16Array(aligned), (bits) => bits << 16).buffer);
    case 'float64':
      return narrow(name, new Float64Array(aligned), (value, single) => {
        return Number.isFinite(value) === Number.isFinite(single);
      });
    case 'int64':
      return narrow(name, Float64Array.from(new BigInt64Array(aligned), Number), isExact);
    case 'uint64':
      return narrow(name, Float64Array.from(new BigUint64Array(aligned), Number), isExact);
    case 'int32':
      return narrow(name, new Int32Array(aligned), isExact);
    case 'uint32':
      return narrow(name, new Uint32Array(aligned), isExact);
    case 'int16':
      return Float32Array.from(new Int16Array(aligned));
    case 'uint16':
      return Float32Array.from(new Uint16Array(aligned));
    case 'int8':
      return Float32Array.from(new Int8Array(aligned));
    case 'uint8':
    case 'bool':
      return Float32Array.from(new Uint8Array(aligned));
  }
}

function isExact(value: number): boolean {
  return Math.abs(value) <= 2 ** 24;
}

function narrow(
  name: string,
  values: Float64Array | Int32Array | Uint32Array,
  fits: (value: number, single: number) => boolean,
): Float32Array {
  const singles = new Float32Array(values.length);
  for (const [i, value] of values.entries()) {
    singles[i] = value;
    if (!fits(value, singles[i]!))
      throw new FormatError(`tensor '${name}' holds ${value}, too big for float32`);
  }
  return singles;
}

/** IEEE 754 half precision: 1 sign bit, 5 of exponent, 10 of fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
