import { Cursor } from './cursor.js';
import type { NumberType } from './numbers.js';
import { bytesOfField, fieldsOf } from './protobuf.js';

/** TensorFlow's DataType numbers of the kinds that hold weights (tensorflow/core/framework/types.proto). */
export const tensorFlowTypes: ReadonlyMap<number, NumberType> = new Map([
  [1, 'float32'],
  [2, 'float64'],
  [3, 'int32'],
  [4, 'uint8'],
  [5, 'int16'],
  [6, 'int8'],
  [9, 'int64'],
  [10, 'bool'],
  [14, 'bfloat16'],
  [17, 'uint16'],
  [19, 'float16'],
  [22, 'uint32'],
  [23, 'uint64'],
]);

/** The sides that a TensorShapeProto states. */
export function shapeOf(message: Uint8Array): number[] {
  const shape: number[] = [];
  for (const field of fieldsOf(message)) {
    if (field.number !== 2) continue;
    let size = 0;
    for (const part of fieldsOf(field.bytes)) if (part.number === 1) size = part.value;
    shape.push(size);
  }
  return shape;
}

/** Fields of TensorProto that list values one by one (tensorflow/core/framework/tensor.proto). */
const valueFields = { float32: 5, float64: 6, half: 13 } as const;

/** The values that a TensorProto lists one by one, in the bytes of their type, which is one of fractions. */
export function listedBytes(tensor: Uint8Array, type: NumberType): Uint8Array {
  if (type === 'float32' || type === 'float64') return bytesOfField(tensor, valueFields[type]);
  // float16 and bfloat16 are listed as whole numbers that hold their bits.
  const bits: number[] = [];
  for (const { number, bytes, value } of fieldsOf(tensor)) {
    if (number !== valueFields.half) continue;
    if (bytes.length === 0) bits.push(value);
    for (const cursor = new Cursor(bytes); cursor.left > 0;) bits.push(cursor.varintLength());
  }
  return new Uint8Array(Uint16Array.from(bits).buffer);
}
