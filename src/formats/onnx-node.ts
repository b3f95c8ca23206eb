import { type Bytes, textOf } from './bytes.js';
import { Cursor } from './cursor.js';
import type { Place } from './onnx-tensor.js';
import { fieldsOf, integersOf } from './protobuf.js';
import { fieldsInFile } from './protobuf-file.js';

/** Field numbers of NodeProto and AttributeProto in onnx.proto. */
const nodeFields = { input: 1, output: 2, operation: 4, attribute: 5 } as const;
const attributeFields = { name: 1, float: 2, integer: 3, tensor: 5, integers: 8 } as const;

/** The longest attribute that is read: a list of numbers, no table of values. */
const longestAttribute = 4096;

/** An operation of an ONNX graph. */
export interface OnnxNode {
  /** `Conv`, `Gemm` … */
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Those that are numbers or lists of whole numbers. */
  readonly attributes: ReadonlyMap<string, readonly number[]>;
}

/** Reads a NodeProto; `constant` is where the value of a `Constant` lies. */
export async function readNode(
  bytes: Bytes,
  { start, length }: Place,
): Promise<{ node: OnnxNode; constant?: Place }> {
  let operation = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const places: Place[] = [];
  const text = async (place: Place) => textOf(await bytes.read(place.start, place.length));
  for await (const field of fieldsInFile(bytes, start, start + length)) {
    if (field.number === nodeFields.input) inputs.push(await text(field));
    if (field.number === nodeFields.output) outputs.push(await text(field));
    if (field.number === nodeFields.operation) operation = await text(field);
    if (field.number === nodeFields.attribute) places.push(field);
  }
  const attributes = new Map<string, number[]>();
  for (const place of places) {
    if (place.length > longestAttribute) continue;
    const [name, numbers] = attributeIn(await bytes.read(place.start, place.length));
    attributes.set(name, numbers);
  }
  const constant = operation === 'Constant' ? await tensorIn(bytes, places) : undefined;
  return { node: { operation, inputs, outputs, attributes }, ...(constant && { constant }) };
}

function attributeIn(message: Uint8Array): [name: string, numbers: number[]] {
  let name = '';
  const numbers: number[] = [];
  for (const field of fieldsOf(message)) {
    if (field.number === attributeFields.name) name = textOf(field.bytes);
    if (field.number === attributeFields.float && field.bytes.length === 4) {
      numbers.push(new Cursor(field.bytes).float32());
    }
    if (field.number === attributeFields.integer) numbers.push(field.value);
    if (field.number === attributeFields.integers) numbers.push(...integersOf(field));
  }
  return [name, numbers];
}

async function tensorIn(bytes: Bytes, attributes: readonly Place[]): Promise<Place | undefined> {
  for (const { start, length } of attributes) {
    for await (const field of fieldsInFile(bytes, start, start + length)) {
      if (field.number === attributeFields.tensor) return field;
    }
  }
  return undefined;
}
