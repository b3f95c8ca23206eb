/**
 * TensorFlow graphs as data: nodes are written down one after another and encoded as a GraphDef
 * (tensorflow/core/framework/graph.proto, node_def.proto, attr_value.proto, tensor.proto).
 */
import {
  bytes,
  entry,
  float,
  integer,
  type Message,
  message,
  nested,
  text,
} from '../formats/protobuf-writer.js';
import { bytesOf } from '../runtime/bytes-of.js';

/** TensorFlow's numbers for the types of values (types.proto). */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int8: 6,
  int64: 9,
  bool: 10,
  qint8: 11,
  quint8: 12,
  qint32: 13,
  bfloat16: 14,
  float16: 19,
  resource: 20,
} as const;

/** What a node puts out: the node's name, a colon and which of its outputs. */
export type Output = `${string}:${number}`;

export type Attribute =
  | { readonly type: number }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly shape: readonly number[] }
  | { readonly tensor: Message }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly bools: readonly boolean[] }
  | { readonly types: readonly number[] }
  | { readonly texts: readonly string[] };

export type Attributes = Readonly<Record<string, Attribute>>;

/** Values of a constant: a typed array in row-major order, its bytes in the machine's order (little-endian). */
export type ConstantValues = Float32Array | Int32Array | Uint8Array | Int8Array | Uint16Array;

/** Collects nodes. Every method returns the new node's first output; a second one is `output(…, 1)`. */
export class GraphBuilder {
  readonly #prefix: string;
  readonly #nodes: Message[];
  readonly #names: Set<string>;

  /**
   * `prefix` begins the names of all nodes, so that several builders' nodes can live in one graph; `earlier`: a
   * builder of the same prefix whose nodes this one starts with.
   */
  constructor(prefix = '', earlier?: GraphBuilder) {
    this.#prefix = prefix;
    this.#nodes = earlier ? [...earlier.#nodes] : [];
    this.#names = new Set(earlier && earlier.#names);
  }

  get size(): number {
    return this.#nodes.length;
  }

  /**
   * Adds a node; `after`: nodes that must have run before it, though it does not read them.
   * The name is made from the op's when none is given.
   */
  node(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    { name, after = [] }: { name?: string; after?: readonly Output[] } = {},
  ): Output {
    const full = this.#unique(this.#prefix + (name ?? op));
    const definition = message(
      text(1, full),
      text(2, op),
      ...inputs.map((input) => text(3, input)),
      ...after.map((earlier) => text(3, `^${nodeOf(earlier)}`)),
      ...Object.entries(attributes).map(([key, value]) => entry(5, key, attribute(value))),
    );
    this.#nodes.push(nested(1, definition));
    return `${full}:0`;
  }

  constant(values: ConstantValues, shape: readonly number[], type: number, name?: string): Output {
    const tensor = tensorMessage(values, shape, type);
    return this.node('Const', [], { dtype: { type }, value: { tensor } }, name === undefined ? {} : { name });
  }

  /** A constant of one number, float32 unless told. */
  scalar(value: number, type: number = DataType.float32): Output {
    return this.constant(type === DataType.float32 ? Float32Array.of(value) : Int32Array.of(value), [], type);
  }

  /** A one-dimensional int32 constant. */
  ints(values: readonly number[]): Output {
    return this.constant(Int32Array.from(values), [values.length], DataType.int32);
  }

  /** An input of the graph; a side of −1 may have any length. */
  placeholder(type: number, shape: readonly number[], name: string): Output {
    return this.node('Placeholder', [], { dtype: { type }, shape: { shape } }, { name });
  }

  /** A small value to fetch, so that nodes without outputs run. */
  after(nodes: readonly Output[], name: string): Output {
    const tensor = tensorMessage(Int32Array.of(0), [], DataType.int32);
    const attributes = { dtype: { type: DataType.int32 }, value: { tensor } };
    return this.node('Const', [], attributes, { name, after: nodes });
  }

  /** The nodes, as fields of a GraphDef. */
  fragment(): Message {
    return message(...this.#nodes);
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 1; this.#names.has(unique); i++) unique = `${name}_${i}`;
    this.#names.add(unique);
    return unique;
  }
}

/** Output number `index` of the node that `first` belongs to. */
export function output(first: Output, index: number): Output {
  return `${nodeOf(first)}:${index}`;
}

function nodeOf(output: Output): string {
  return output.slice(0, output.lastIndexOf(':'));
}

/** A GraphDef with the nodes of all `fragments`. */
export function graphDef(fragments: readonly Message[]): Message {
  // The version of the graph language, as TensorFlow 2.15 and later write it; older readers accept it.
  const versions = message(integer(1, 1882));
  return message(...fragments, nested(4, versions));
}

export function shapeMessage(shape: readonly number[]): Message {
  return message(...shape.map((side) => nested(2, message(integer(1, side)))));
}

/** A TensorProto. Equal values are written once: TensorFlow repeats the last value to fill the shape. */
function tensorMessage(values: ConstantValues, shape: readonly number[], type: number): Message {
  const head = message(integer(1, type), nested(2, shapeMessage(shape)));
  const first = values[0];
  const splat =
    type === DataType.float32 && values.length > 1 && values.every((value) => Object.is(value, first));
  if (splat) return message(head, nested(5, floats([first!])));
  return message(head, bytes(4, bytesOf(values)));
}

function floats(values: readonly number[]): Message {
  const data = Float32Array.from(values);
  return { size: data.byteLength, chunks: [new Uint8Array(data.buffer)] };
}

function attribute(value: Attribute): Message {
  if ('type' in value) return integer(6, value.type);
  if ('int' in value) return integer(3, value.int);
  if ('float' in value) return float(4, value.float);
  if ('bool' in value) return integer(5, value.bool);
  if ('text' in value) return text(2, value.text);
  if ('shape' in value) return nested(7, shapeMessage(value.shape));
  if ('tensor' in value) return nested(8, value.tensor);
  if ('ints' in value) return list(value.ints.map((item) => integer(3, item)));
  if ('floats' in value) return list(value.floats.map((item) => float(4, item)));
  if ('bools' in value) return list(value.bools.map((item) => integer(5, item)));
  if ('types' in value) return list(value.types.map((item) => integer(6, item)));
  return list(value.texts.map((item) => text(2, item)));
}

function list(items: readonly Message[]): Message {
  return nested(1, message(...items));
}
