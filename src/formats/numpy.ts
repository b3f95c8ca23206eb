import type { NamedTensor } from './tensors.js';
import { FormatError, readAs, textOf } from './bytes.js';
import { Cursor } from './cursor.js';
import { transpose } from './kernel-layout.js';
import { bytesPerNumber, type NumberType, tensorFrom } from './numbers.js';
import { openZip } from './zip.js';

const numberTypes: ReadonlyMap<string, NumberType> = new Map([
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['b1', 'bool'],
]);

/** How an array's bytes are to be read. */
export interface ArrayDescription {
  shape: readonly number[];
  /** NumPy's type, as `<f4`: byte order, kind, bytes a value. */
  type: string;
  /** First axis changing fastest. */
  fortranOrder: boolean;
}

/**
 * Reads the arrays of a NumPy .npz archive by name, stored or compressed; names and layouts are the file's own.
 *
 * @throws UserError when the file is damaged, no .npz archive, or holds Python objects.
 */
export function readNpz(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a NumPy archive', file, async (bytes) => {
    const tensors = new Map<string, NamedTensor>();
    for (const entry of (await openZip(bytes)).values()) {
      if (!entry.name.endsWith('.npy')) continue;
      const name = entry.name.slice(0, -'.npy'.length);
      const tensor = parseNpy(name, await entry.read());
      if (tensor) tensors.set(name, tensor);
    }
    if (tensors.size === 0) throw new FormatError('it holds no arrays');
    return tensors;
  });
}

/**
 * Reads the one array of a NumPy .npy file, under the name `array`.
 *
 * @throws UserError when the file is damaged, no .npy file, or holds Python objects.
 */
export function readNpy(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a NumPy array', file, async (bytes) => {
    const tensor = parseNpy('array', await bytes.read(0, bytes.size));
    if (!tensor) throw new FormatError('it holds a single whole number');
    return new Map([['array', tensor]]);
  });
}

/** Format: numpy.lib.format, versions 1 to 3: magic, version, header length, a Python dict, the values. */
function parseNpy(name: string, bytes: Uint8Array): NamedTensor | undefined {
  const cursor = new Cursor(bytes);
  if (Buffer.from(cursor.take(6)).toString('latin1') !== '\x93NUMPY') {
    throw new FormatError(`'${name}' is no NumPy array`);
  }
  const major = cursor.uint8();
  cursor.uint8();
  const header = textOf(cursor.take(major === 1 ? cursor.uint16() : cursor.uint32()));
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const shape = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (type === undefined || order === undefined || shape === undefined) {
    throw new FormatError(`the array '${name}' has a header that is not understood`);
  }
  const sides = shape.split(',').filter((side) => side.trim() !== '');
  const description = { type, shape: sides.map(Number), fortranOrder: order === 'True' };
  return arrayFrom(name, description, cursor.take(cursor.left));
}

/** A tensor from NumPy's description of an array and its bytes; throws a FormatError where they do not agree. */
export function arrayFrom(
  name: string,
  { shape, type, fortranOrder }: ArrayDescription,
  bytes: Uint8Array,
): NamedTensor | undefined {
  const number = numberTypes.get(type.slice(1));
  if (!number || !'<>|='.includes(type[0]!)) {
    throw new FormatError(`the array '${name}' is of type ${JSON.stringify(type)}, not of numbers`);
  }
  const ordered = type[0] === '>' ? reversed(bytes, bytesPerNumber[number]) : bytes;
  if (!fortranOrder) return tensorFrom(name, shape, number, ordered);
  const tensor = tensorFrom(name, shape.toReversed(), number, ordered);
  return (
    tensor &&
    transpose(
      tensor,
      shape.map((_, axis) => shape.length - 1 - axis),
    )
  );
}

/** Big-endian values of `width` bytes as little-endian ones. */
function reversed(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes);
  for (let start = 0; start + width <= result.length; start += width) {
    result.subarray(start, start + width).reverse();
  }
  return result;
}

/** What comes before the values, float32 little-endian in row-major order, in a .npy file of version 1.0. */
export function npyHeader(shape: readonly number[]): Buffer {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sides}), }`;
  const start = 10;
  // the values begin at a multiple of 64
  const length = Math.ceil((start + dictionary.length + 1) / 64) * 64 - start;
  const head = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([head, Buffer.from(`${dictionary.padEnd(length - 1)}\n`, 'latin1')]);
}
