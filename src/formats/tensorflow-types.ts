import type { NumberType } from './numbers.js';
import { fieldsOf } from './protobuf.js';

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
