import type { NamedTensor } from './tensors.js';
import { type Bytes, FormatError, readAs, textOf } from './bytes.js';
import { type OnnxNode, readNode } from './onnx-node.js';
import { type Place, readTensor } from './onnx-tensor.js';
import { fieldsInFile } from './protobuf-file.js';

/** Field numbers of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto). */
const modelFields = { producerName: 2, graph: 7 } as const;
const graphFields = { node: 1, initializer: 5 } as const;

/** What an ONNX model holds. */
export interface OnnxModel {
  /** Initialisers of floating-point numbers, by the file's names and in its layouts (convolution kernels OIHW). */
  readonly tensors: Map<string, NamedTensor>;
  /** The graph's operations, in order of computation. */
  readonly nodes: readonly OnnxNode[];
  /** Whether the operations tell what the tensors are for. */
  readonly hasGraph: boolean;
  /** The program that wrote it, in its own words. */
  readonly producer: string;
}

/**
 * Reads an ONNX model, one tensor at a time: what is not a weight is only stepped over, and nothing is run. Values may lie
 * in files beside it. Whole numbers, which are shapes and the like, are left out.
 *
 * @throws UserError when the file is damaged, no ONNX model, or lacks the files with its values.
 */
export function readOnnx(file: string | Uint8Array): Promise<OnnxModel> {
  const path = typeof file === 'string' ? file : undefined;
  return readAs('an ONNX model', file, async (bytes) => {
    const tensors = new Map<string, NamedTensor>();
    const nodes: OnnxNode[] = [];
    let producer = '';
    for await (const field of fieldsInFile(bytes, 0, bytes.size)) {
      if (field.number === modelFields.producerName) producer = await textAt(bytes, field);
      if (field.number === modelFields.graph) await readGraph(bytes, field, path, { tensors, nodes });
    }
    addAliases(nodes, tensors);
    if (tensors.size === 0) throw new FormatError('it holds no initialisers');
    const hasGraph = nodes.some(({ inputs }) => inputs.slice(1).some((input) => tensors.has(input)));
    return { tensors, nodes, hasGraph, producer };
  });
}

async function readGraph(
  bytes: Bytes,
  graph: Place,
  path: string | undefined,
  { tensors, nodes }: { tensors: Map<string, NamedTensor>; nodes: OnnxNode[] },
): Promise<void> {
  const add = async (place: Place, constant?: string) => {
    const read = await readTensor(bytes, place, path);
    if (!read) return;
    const name = constant ?? read.name;
    if (tensors.has(name)) throw new FormatError(`it has two tensors '${name}'`);
    tensors.set(name, read.tensor);
  };
  for await (const field of fieldsInFile(bytes, graph.start, graph.start + graph.length)) {
    if (field.number === graphFields.initializer) await add(field);
    if (field.number !== graphFields.node) continue;
    const { node, constant } = await readNode(bytes, field);
    nodes.push(node);
    // Some writers keep every weight as the value of an operation.
    if (constant && node.outputs[0] !== undefined) await add(constant, node.outputs[0]);
  }
}

/** Tensors of equal values are written once: operations hand the others on under their own names. */
function addAliases(nodes: readonly OnnxNode[], tensors: Map<string, NamedTensor>): void {
  for (const { operation, inputs, outputs } of nodes) {
    const tensor = operation === 'Identity' ? tensors.get(inputs[0] ?? '') : undefined;
    if (tensor && outputs[0] !== undefined && !tensors.has(outputs[0])) tensors.set(outputs[0], tensor);
  }
}

async function textAt(bytes: Bytes, { start, length }: Place): Promise<string> {
  return textOf(await bytes.read(start, Math.min(length, 1000)));
}

/**
 * Whether TensorFlow's exporters wrote a model: they say so, or name tensors by paths,
 * `model/<layer>_1/convolution/ReadVariableOp:0`.
 */
export function isFromTensorFlow({ producer, tensors }: OnnxModel): boolean {
  if (/^(tf2onnx|keras2onnx|tensorflow)/i.test(producer)) return true;
  return [...tensors.keys()].some((name) => /\/.*:\d+$/.test(name));
}
