import { type NamedTensor, sizeOf } from './tensors.js';
import { FormatError, textOf } from './bytes.js';
import { elementsOf, type NumberType, tensorFrom } from './numbers.js';
import { fieldsOf } from './protobuf.js';
import { listedBytes, shapeOf, tensorFlowTypes } from './tensorflow-types.js';

/** A stretch of one dimension; all of it where no length is stated. */
interface Extent {
  start: number;
  length?: number;
}

interface Variable extends NamedTensor {
  type: NumberType;
  /** How many values have been put in place. */
  filled: number;
}

/** Whether the first entry of a checkpoint's table lists variables, as format V1 has it; V2's counts files of values. */
export function isV1Header(header: Uint8Array): boolean {
  for (const { number, bytes } of fieldsOf(header)) return number === 1 && bytes.length > 0;
  return false;
}

/**
 * The variables of a checkpoint in TensorFlow's first format, where the table itself holds the values, each variable
 * whole or in slices. Layout: SavedTensorSlices of tensorflow/core/util/saved_tensor_slice.proto.
 *
 * @param entries the table's, after the first.
 * @param size of the file in bytes, which its variables cannot exceed.
 */
export function readV1Variables(
  header: Uint8Array,
  entries: Iterable<readonly [key: string, value: Uint8Array]>,
  size: number,
): Map<string, NamedTensor> {
  const variables = listVariables(header, size);
  for (const [, message] of entries) {
    for (const field of fieldsOf(message)) if (field.number === 2) addSlice(field.bytes, variables);
  }
  for (const [name, { data, filled }] of variables) {
    if (filled < data.length) throw new FormatError(`the variable '${name}' is not whole`);
  }
  return new Map([...variables].map(([name, { shape, data }]) => [name, { shape, data }]));
}

/** The variables of fractions; whole numbers are counters. */
function listVariables(header: Uint8Array, size: number): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  let claimed = 0;
  for (const meta of fieldsOf(header)) {
    if (meta.number !== 1) continue;
    for (const tensor of fieldsOf(meta.bytes)) {
      if (tensor.number !== 1) continue;
      let name = '';
      let shape: number[] = [];
      let type: NumberType | undefined;
      for (const field of fieldsOf(tensor.bytes)) {
        if (field.number === 1) name = textOf(field.bytes);
        if (field.number === 2) shape = shapeOf(field.bytes);
        if (field.number === 3) type = tensorFlowTypes.get(field.value);
      }
      if (!type?.includes('float')) continue;
      const values = elementsOf(name, shape);
      claimed += values;
      if (claimed > size) throw new FormatError(`it claims more values than ${size} bytes can hold`);
      variables.set(name, { shape, type, data: new Float32Array(values), filled: 0 });
    }
  }
  return variables;
}

function addSlice(message: Uint8Array, variables: ReadonlyMap<string, Variable>): void {
  let name = '';
  let extents: Extent[] = [];
  let content: Uint8Array = new Uint8Array();
  for (const { number, bytes } of fieldsOf(message)) {
    if (number === 1) name = textOf(bytes);
    if (number === 2) extents = extentsOf(bytes);
    if (number === 3) content = bytes;
  }
  const variable = variables.get(name);
  if (!variable) return;
  const { shape } = variable;
  const starts = shape.map((_, axis) => extents[axis]?.start ?? 0);
  const lengths = shape.map((side, axis) => extents[axis]?.length ?? side - starts[axis]!);
  if (shape.some((side, axis) => starts[axis]! < 0 || starts[axis]! + lengths[axis]! > side)) {
    throw new FormatError(`a slice of '${name}' lies outside its shape [${shape}]`);
  }
  const slice = tensorFrom(name, lengths, variable.type, listedBytes(content, variable.type))!;
  place(variable, starts, slice);
  variable.filled += slice.data.length;
}

function extentsOf(slice: Uint8Array): Extent[] {
  const extents: Extent[] = [];
  for (const field of fieldsOf(slice)) {
    if (field.number !== 1) continue;
    const extent: Extent = { start: 0 };
    for (const { number, value } of fieldsOf(field.bytes)) {
      if (number === 1) extent.start = value;
      if (number === 2) extent.length = value;
    }
    extents.push(extent);
  }
  return extents;
}

/** Copies a slice's values to where they belong, in pieces as long as the inner dimensions that it has whole. */
function place({ shape, data }: Variable, starts: readonly number[], slice: NamedTensor): void {
  let read = 0;
  const copy = (axis: number, from: number): void => {
    const [start, length] = [starts[axis] ?? 0, slice.shape[axis] ?? 1];
    const inner = sizeOf(shape.slice(axis + 1));
    if (shape.slice(axis + 1).every((side, i) => side === slice.shape[axis + 1 + i])) {
      data.set(slice.data.subarray(read, read + length * inner), from + start * inner);
      read += length * inner;
    } else {
      for (let i = 0; i < length; i++) copy(axis + 1, from + (start + i) * inner);
    }
  };
  copy(0, 0);
}
