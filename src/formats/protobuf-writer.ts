/**
 * Writes protocol buffers (protobuf.dev/programming-guides/encoding): just the field kinds that the graphs of TensorFlow
 * and ONNX use. A message is a list of byte chunks, so that megabytes of weights are passed along without being copied.
 */
export interface Message {
  readonly size: number;
  readonly chunks: readonly Uint8Array[];
}

const wireType = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const;

/** The fields of one message, one after another. */
export function message(...fields: readonly Message[]): Message {
  let size = 0;
  const chunks: Uint8Array[] = [];
  for (const field of fields) {
    size += field.size;
    for (const chunk of field.chunks) chunks.push(chunk);
  }
  return { size, chunks };
}

/** An int32, int64, enum or bool field. */
export function integer(field: number, value: number | boolean): Message {
  return ofBytes([...tag(field, wireType.varint), ...varint(Number(value))]);
}

/** A float field. */
export function float(field: number, value: number): Message {
  const bytes = new Uint8Array(5);
  bytes.set(tag(field, wireType.fixed32));
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return ofBytes(bytes);
}

/** A string field, as UTF-8. */
export function text(field: number, value: string): Message {
  return bytes(field, new TextEncoder().encode(value));
}

/** A bytes field; the bytes are referred to, not copied. */
export function bytes(field: number, value: Uint8Array): Message {
  return nested(field, ofBytes(value));
}

/** A field that is itself a message. */
export function nested(field: number, inner: Message): Message {
  const head = Uint8Array.from([...tag(field, wireType.lengthDelimited), ...varint(inner.size)]);
  return { size: head.length + inner.size, chunks: [head, ...inner.chunks] };
}

/** An entry of a map<string, Message> field. */
export function entry(field: number, key: string, value: Message): Message {
  return nested(field, message(text(1, key), nested(2, value)));
}

function ofBytes(bytes: ArrayLike<number>): Message {
  const chunk = bytes instanceof Uint8Array ? bytes : Uint8Array.from(bytes);
  return { size: chunk.length, chunks: [chunk] };
}

function tag(field: number, kind: number): number[] {
  return varint(field * 8 + kind);
}

/** Seven bits a byte, lowest first; a negative number as its 64-bit two's complement. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return out;
}
