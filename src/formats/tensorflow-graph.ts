import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedTensor } from './tensors.js';
import { FormatError, readAs, textOf } from './bytes.js';
import { bytesPerNumber, elementsOf, type NumberType, tensorFrom } from './numbers.js';
import { fieldsOf } from './protobuf.js';
import { readTensorFlowCheckpoint } from './tensorflow-checkpoint.js';
import { listedBytes, shapeOf, tensorFlowTypes } from './tensorflow-types.js';

/** A constant may state one value for all its places; together such constants may fill this many values. */
const mostRepeated = 2 ** 24;

/**
 * Reads the constants of a frozen TensorFlow graph (GraphDef, `.pb`) by the name of their node. Constants of whole
 * numbers are the graph's own (shapes, axes) and left out. Layouts are TensorFlow's.
 *
 * @throws UserError when the file is damaged or no GraphDef.
 */
export function readFrozenGraph(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a frozen TensorFlow graph', file, async (bytes) => {
    const tensors = constantsOf(await bytes.read(0, bytes.size));
    if (tensors.size === 0) throw new FormatError('it holds no constants');
    return tensors;
  });
}

/**
 * Reads the variables of a TensorFlow SavedModel (names as in its checkpoint) and the constants of its first graph.
 *
 * @param directory holds `saved_model.pb` and, unless the graph is frozen, `variables/`.
 * @throws UserError when a file is missing or damaged.
 */
export async function readSavedModel(directory: string): Promise<Map<string, NamedTensor>> {
  const constants = await readAs('a SavedModel', join(directory, 'saved_model.pb'), async (bytes) =>
    constantsOf(firstGraph(await bytes.read(0, bytes.size))),
  );
  const index = join(directory, 'variables', 'variables.index');
  if (!existsSync(index)) return constants;
  return new Map([...constants, ...(await readTensorFlowCheckpoint(index))]);
}

/** SavedModel.meta_graphs[0].graph_def */
function firstGraph(savedModel: Uint8Array): Uint8Array {
  for (const { number, bytes } of fieldsOf(savedModel)) {
    if (number !== 2) continue;
    for (const part of fieldsOf(bytes)) if (part.number === 2) return part.bytes;
  }
  throw new FormatError('it holds no graph');
}

function constantsOf(graph: Uint8Array): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  const budget = { repeated: 0 };
  for (const node of fieldsOf(graph)) {
    if (node.number !== 1) continue;
    let name = '';
    let operation = '';
    let value: Uint8Array | undefined;
    for (const { number, bytes } of fieldsOf(node.bytes)) {
      if (number === 1) name = textOf(bytes);
      if (number === 2) operation = textOf(bytes);
      if (number === 5) value = valueAttribute(bytes) ?? value;
    }
    const tensor = operation === 'Const' && value && parseTensor(name, value, budget);
    if (tensor) tensors.set(name, tensor);
  }
  return tensors;
}

/** The tensor in an attribute named `value`: an entry of NodeDef.attr, then AttrValue.tensor. */
function valueAttribute(entry: Uint8Array): Uint8Array | undefined {
  let key = '';
  let tensor: Uint8Array | undefined;
  for (const { number, bytes } of fieldsOf(entry)) {
    if (number === 1) key = textOf(bytes);
    if (number === 2) for (const part of fieldsOf(bytes)) if (part.number === 8) tensor = part.bytes;
  }
  return key === 'value' ? tensor : undefined;
}

function parseTensor(
  name: string,
  message: Uint8Array,
  budget: { repeated: number },
): NamedTensor | undefined {
  let type: NumberType | undefined;
  let shape: number[] = [];
  let content: Uint8Array | undefined;
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === 1) type = tensorFlowTypes.get(value);
    if (number === 2) shape = shapeOf(bytes);
    if (number === 4) content = bytes;
  }
  if (!type?.includes('float')) return undefined;
  if (content && content.length > 0) return tensorFrom(name, shape, type, content);
  return tensorFrom(name, shape, type, listedValues(name, shape, type, message, budget));
}

/** Values listed one by one; the last stands for all that follow it, and none at all for zeros. */
function listedValues(
  name: string,
  shape: readonly number[],
  type: NumberType,
  message: Uint8Array,
  budget: { repeated: number },
): Uint8Array {
  const width = bytesPerNumber[type];
  const listed = listedBytes(message, type);
  const size = elementsOf(name, shape);
  const length = size * width;
  if (listed.length >= length) return listed;
  budget.repeated += size;
  if (budget.repeated > mostRepeated) throw new FormatError(`constant '${name}' repeats one value too often`);
  if (listed.length % width !== 0) throw new FormatError(`constant '${name}' ends within a value`);
  const values = new Uint8Array(length);
  values.set(listed);
  const last = listed.slice(-width);
  for (let at = listed.length; listed.length > 0 && at < length; at += width) values.set(last, at);
  return values;
}
