import { bytesField, floats, message, varint, varintField } from './protobuf-writer.js';

/** Writes ONNX models, for tests of what reads them. */

/** A TensorProto of float32 values. */
export function onnxTensor(name: string, shape: readonly number[], values: Iterable<number>): Uint8Array {
  return message(
    bytesField(1, message(...shape.map(varint))),
    varintField(2, 1),
    bytesField(8, name),
    bytesField(9, floats([...values])),
  );
}

/** One whose values lie in another file, described as the format does by keys and values. */
export function onnxTensorElsewhere(
  name: string,
  shape: readonly number[],
  entries: Readonly<Record<string, string>>,
): Uint8Array {
  return message(
    bytesField(1, message(...shape.map(varint))),
    varintField(2, 1),
    bytesField(8, name),
    ...Object.entries(entries).map(([key, value]) =>
      bytesField(13, message(bytesField(1, key), bytesField(2, value))),
    ),
    varintField(14, 1),
  );
}

/** A NodeProto; attributes are lists of whole numbers. */
export function onnxNode(
  operation: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array {
  return message(
    ...inputs.map((input) => bytesField(1, input)),
    bytesField(2, output),
    bytesField(4, operation),
    ...Object.entries(attributes).map(([name, numbers]) =>
      bytesField(
        5,
        message(
          bytesField(1, name),
          ...numbers.map((number) => varintField(numbers.length > 1 ? 8 : 3, number)),
        ),
      ),
    ),
  );
}

/** A ModelProto. */
export function onnxModel(
  initialisers: readonly Uint8Array[],
  nodes: readonly Uint8Array[] = [],
  producer = 'pytorch',
): Uint8Array {
  return message(
    varintField(1, 8),
    bytesField(2, producer),
    bytesField(
      7,
      message(
        ...nodes.map((node) => bytesField(1, node)),
        bytesField(2, 'graph'),
        ...initialisers.map((tensor) => bytesField(5, tensor)),
      ),
    ),
  );
}
