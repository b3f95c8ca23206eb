import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeBinding } from '../src/runtime/tensorflow.js';
import { bytesField, floats, message, varint, varintField } from './protobuf-writer.js';

/** Writes TensorFlow graphs and has TensorFlow run them, for tests of what reads TensorFlow's files. */

const floatType = 1;
const stringType = 7;
const producer = 1882;

interface Values {
  shape: readonly number[];
  values: readonly number[];
}

export function shapeMessage(shape: readonly number[]): Uint8Array {
  return message(...shape.map((side) => bytesField(2, varintField(1, side))));
}

/** NodeDef; every attribute is an AttrValue. */
export function node(
  name: string,
  operation: string,
  inputs: readonly string[],
  attributes: Record<string, Uint8Array>,
): Uint8Array {
  const entries = Object.entries(attributes);
  return message(
    bytesField(1, name),
    bytesField(2, operation),
    ...inputs.map((input) => bytesField(3, input)),
    ...entries.map(([key, value]) => bytesField(5, message(bytesField(1, key), bytesField(2, value)))),
  );
}

/** A Const node that holds the given TensorProto fields after its type and shape. */
export function constant(name: string, type: number, shape: readonly number[], ...content: Uint8Array[]) {
  const tensor = message(varintField(1, type), bytesField(2, shapeMessage(shape)), ...content);
  return node(name, 'Const', [], { dtype: varintField(6, type), value: bytesField(8, tensor) });
}

export function floatConstant(name: string, { shape, values }: Values): Uint8Array {
  return constant(name, floatType, shape, bytesField(4, floats(values)));
}

function stringConstant(name: string, shape: readonly number[], values: readonly string[]): Uint8Array {
  return constant(name, stringType, shape, ...values.map((value) => bytesField(8, value)));
}

export function graphDef(...nodes: Uint8Array[]): Uint8Array {
  return message(...nodes.map((content) => bytesField(1, content)), bytesField(4, varintField(1, producer)));
}

/** Writes `saved_model.pb` into the folder. */
export function writeSavedModel(folder: string, graph: Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  const metaGraph = message(bytesField(1, bytesField(4, 'serve')), bytesField(2, graph));
  writeFileSync(join(folder, 'saved_model.pb'), message(varintField(1, 1), bytesField(2, metaGraph)));
}

/** The nodes of a graph that copies `in` to `out`, after `first` has run. */
export function copyAfter(first: string): Uint8Array[] {
  const type = varintField(6, floatType);
  return [
    node('in', 'Placeholder', [], { dtype: type }),
    node('out', 'Identity', ['in', `^${first}`], { T: type }),
  ];
}

/** Has TensorFlow load and run a SavedModel from `in` to `out`. */
export function runSavedModel(folder: string): void {
  const binding = nativeBinding();
  const session = binding.loadSavedModel(folder, 'serve');
  const input = binding.createTensor([1], floatType, Float32Array.of(0));
  const [output] = binding.runSavedModel(session, [input], 'in:0', 'out:0');
  for (const id of [input, output!.id]) binding.deleteTensor(id);
  binding.deleteSavedModel(session);
}

/** Has TensorFlow write a checkpoint of these variables, with its own SaveV2 op. */
export function saveCheckpoint(prefix: string, variables: Record<string, Values>): void {
  const names = Object.keys(variables);
  const types = message(...names.map(() => varint(floatType)));
  const graph = graphDef(
    stringConstant('prefix', [], [prefix]),
    stringConstant('names', [names.length], names),
    stringConstant(
      'slices',
      [names.length],
      names.map(() => ''),
    ),
    ...Object.values(variables).map((values, i) => floatConstant(`variable${i}`, values)),
    node('save', 'SaveV2', ['prefix', 'names', 'slices', ...names.map((_, i) => `variable${i}`)], {
      dtypes: bytesField(1, bytesField(6, types)),
    }),
    ...copyAfter('save'),
  );
  writeSavedModel(`${prefix}-graph`, graph);
  runSavedModel(`${prefix}-graph`);
}
