import { shapeMessage } from './graph-def.js';
import { entry, integer, type Message, message, nested, text } from '../formats/protobuf-writer.js';

/** One named input or output of a SavedModel's signature. */
interface SignatureTensor {
  /** A node's output in the graph, `node:0`. */
  readonly tensor: string;
  /** TensorFlow's number of the type. */
  readonly type: number;
  /** −1 where any length will do. */
  readonly shape: readonly number[];
}

export interface Signature {
  readonly inputs: Readonly<Record<string, SignatureTensor>>;
  readonly outputs: Readonly<Record<string, SignatureTensor>>;
}

/**
 * The contents of `saved_model.pb` for a GraphDef, tagged 'serve'
 * (tensorflow/core/protobuf/saved_model.proto, meta_graph.proto).
 */
export function savedModelMessage(graph: Message, signature?: Signature): Message {
  const information = message(text(4, 'serve'), text(5, '2.21.0'));
  const signatures = signature ? [entry(5, 'serving_default', signatureMessage(signature))] : [];
  const metaGraph = message(nested(1, information), nested(2, graph), ...signatures);
  return message(integer(1, 1), nested(2, metaGraph));
}

function signatureMessage({ inputs, outputs }: Signature): Message {
  const named = (field: number, tensors: Signature['inputs']) =>
    Object.entries(tensors).map(([name, { tensor, type, shape }]) =>
      entry(field, name, message(text(1, tensor), integer(2, type), nested(3, shapeMessage(shape)))),
    );
  return message(...named(1, inputs), ...named(2, outputs), text(3, 'tensorflow/serving/predict'));
}
