import { bytes, float, integer, type Message, message, nested, text } from './protobuf-writer.js';
import { bytesOf } from '../runtime/bytes-of.js';

/** The version of ONNX's operations that is written, and of the file format that came with it. */
export const onnxOpset = 17;
const irVersion = 8;

/** TensorProto.DataType. */
export const OnnxType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

/** AttributeProto.AttributeType. */
const attributeType = { float: 1, int: 2, ints: 7 } as const;

/** What a constant of a graph may hold. */
type OnnxNumbers = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

export type OnnxAttribute =
  { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] };

/** A graph's input or output; a side that is text stands for any length. */
export interface OnnxValue {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly (number | string)[];
}

/** An ONNX graph that grows node by node (field numbers: github.com/onnx/onnx, onnx/onnx.proto). */
export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #tensors: Message[] = [];
  readonly #names: Set<string>;

  /** @param reserved names of inputs and outputs, which nothing inside may take. */
  constructor(reserved: readonly string[]) {
    this.#names = new Set(reserved);
  }

  /**
   * Adds an operation.
   *
   * @param name what to call it and its output, a number added where it is taken.
   * @param output its output's name where that is an output of the graph.
   * @returns the name of its output.
   */
  node(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    { name = operation, output = this.#unused(name) }: { name?: string; output?: string } = {},
  ): string {
    this.#nodes.push(
      message(
        ...inputs.map((input) => text(1, input)),
        text(2, output),
        text(3, output),
        text(4, operation),
        ...Object.entries(attributes).map(([key, value]) => nested(5, attributeMessage(key, value))),
      ),
    );
    return output;
  }

  /** Adds a tensor of the graph's own (an initialiser); returns its name. */
  tensor(
    name: string,
    { shape, data }: { readonly shape: readonly number[]; readonly data: OnnxNumbers },
  ): string {
    const own = this.#unused(name);
    const raw = bytesOf(data);
    const dims = shape.map((side) => integer(1, side));
    this.#tensors.push(message(...dims, integer(2, typeOf(data)), text(8, own), bytes(9, raw)));
    return own;
  }

  scalar(value: number): string {
    return this.tensor('number', { shape: [], data: Float32Array.of(value) });
  }

  /** A list of whole numbers, as operations take shapes and axes. */
  integers(...values: readonly number[]): string {
    return this.tensor('numbers', { shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  /**
   * The whole model.
   *
   * @param metadata what else a user of it should know.
   */
  model(
    name: string,
    inputs: readonly OnnxValue[],
    outputs: readonly OnnxValue[],
    metadata: Readonly<Record<string, string>> = {},
  ): Message {
    const graph = message(
      ...this.#nodes.map((node) => nested(1, node)),
      text(2, name),
      ...this.#tensors.map((tensor) => nested(5, tensor)),
      ...inputs.map((value) => nested(11, valueMessage(value))),
      ...outputs.map((value) => nested(12, valueMessage(value))),
    );
    return message(
      integer(1, irVersion),
      text(2, 'finetune'),
      nested(7, graph),
      nested(8, message(text(1, ''), integer(2, onnxOpset))),
      ...Object.entries(metadata).map(([key, value]) => nested(14, message(text(1, key), text(2, value)))),
    );
  }

  #unused(name: string): string {
    let free = name;
    for (let i = 1; this.#names.has(free); i++) free = `${name}_${i}`;
    this.#names.add(free);
    return free;
  }
}

function typeOf(data: OnnxNumbers): number {
  if (data instanceof Float32Array) return OnnxType.float32;
  if (data instanceof Uint8Array) return OnnxType.uint8;
  if (data instanceof Int8Array) return OnnxType.int8;
  return data instanceof Int32Array ? OnnxType.int32 : OnnxType.int64;
}

function attributeMessage(name: string, value: OnnxAttribute): Message {
  if ('int' in value) return message(text(1, name), integer(3, value.int), integer(20, attributeType.int));
  if ('float' in value)
    return message(text(1, name), float(2, value.float), integer(20, attributeType.float));
  const ints = value.ints.map((int) => integer(8, int));
  return message(text(1, name), ...ints, integer(20, attributeType.ints));
}

function valueMessage({ name, type, shape }: OnnxValue): Message {
  const sides = shape.map((side) => nested(1, typeof side === 'number' ? integer(1, side) : text(2, side)));
  const tensorType = message(integer(1, type), nested(2, message(...sides)));
  return message(text(1, name), nested(2, message(nested(1, tensorType))));
}
