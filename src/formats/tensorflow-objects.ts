import { textOf } from './bytes.js';
import { maskedCrc32c } from './checksum.js';
import { Cursor } from './cursor.js';
import { fieldsOf } from './protobuf.js';

/** The key under which a checkpoint of TensorFlow 2 holds the graph of the objects it was made from. */
export const objectGraphKey = '_CHECKPOINTABLE_OBJECT_GRAPH';

/**
 * The names that variables had in the program, by their keys in the checkpoint: `variables/0/.ATTRIBUTES/VARIABLE_VALUE` is
 * `conv1/kernel`. The keys only say by which way TensorFlow came to a variable.
 * Layout: TrackableObjectGraph of tensorflow/core/protobuf/trackable_object_graph.proto.
 */
export function variableNames(objectGraph: Uint8Array): Map<string, string> {
  const names = new Map<string, string>();
  for (const node of fieldsOf(objectGraph)) {
    if (node.number !== 1) continue;
    for (const attribute of fieldsOf(node.bytes)) {
      if (attribute.number !== 2) continue;
      let name = '';
      let key = '';
      for (const { number, bytes } of fieldsOf(attribute.bytes)) {
        if (number === 2) name = textOf(bytes);
        if (number === 3) key = textOf(bytes);
      }
      if (name !== '' && key !== '') names.set(key, name);
    }
  }
  return names;
}

/**
 * The only string of a string tensor without dimensions, as a checkpoint stores it: the string's length, a checksum of
 * that, the string (WriteStringTensor of tensorflow/core/util/tensor_bundle/tensor_bundle.cc).
 */
export function onlyString(content: Uint8Array): Uint8Array {
  return partsOf(content).text;
}

/** The checksum that a checkpoint's index states for such a string: over its length in four bytes, then all that follows. */
export function checksumOfString(content: Uint8Array): number {
  const { checksum, text } = partsOf(content);
  return maskedCrc32c(new Uint8Array(Uint32Array.of(text.length).buffer), checksum, text);
}

function partsOf(content: Uint8Array): { checksum: Uint8Array; text: Uint8Array } {
  const cursor = new Cursor(content);
  const length = cursor.varintLength();
  return { checksum: cursor.take(4), text: cursor.take(length) };
}
