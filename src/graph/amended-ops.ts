/** TF.js' ops as a graph must have them, where that is not how they are executed one by one. */
import { type Attributes, DataType, type GraphBuilder, type Output } from './graph-def.js';

/**
 * Adds the node of an executed op.
 *
 * @param type TensorFlow's number for the type of its first output.
 * @returns its first output.
 */
export function addExecuted(
  graph: GraphBuilder,
  op: string,
  inputs: readonly Output[],
  attributes: Attributes,
  type: number | undefined,
): Output {
  const T = { T: { type: type! } };
  // TF.js leaves this type to be inferred, which a graph does not do.
  if (op === 'ExpandDims') return graph.node(op, inputs, T);
  // TF.js names the type that the values had before it made them float32.
  if (op === 'Mean') return graph.node(op, inputs, { ...attributes, ...T });
  // TensorFlow 2.17 and later round int32 to zeros; rounding whole numbers changes nothing.
  if (op === 'Round' && type === DataType.int32) return graph.node('Identity', inputs, attributes);
  // Fused with the convolution before them, these turn NaN into 0: a network that has diverged would look sound.
  if (op === 'Relu') return graph.node('Maximum', [inputs[0]!, graph.scalar(0, type)], T);
  if (op === 'Relu6') {
    const positive = graph.node('Maximum', [inputs[0]!, graph.scalar(0, type)], T);
    return graph.node('Minimum', [positive, graph.scalar(6, type)], T);
  }
  if (op === 'Softmax') return softmax(graph, inputs[0]!, T);
  return graph.node(op, inputs, attributes);
}

/** In a graph oneDNN's kernel takes the place of Softmax, which turns the values beside a NaN into zeros. */
function softmax(graph: GraphBuilder, x: Output, T: Attributes): Output {
  const last = graph.ints([-1]);
  const reduction: Attributes = { ...T, Tidx: { type: DataType.int32 }, keep_dims: { bool: true } };
  const exponentials = graph.node(
    'Exp',
    [graph.node('Sub', [x, graph.node('Max', [x, last], reduction)], T)],
    T,
  );
  return graph.node('RealDiv', [exponentials, graph.node('Sum', [exponentials, last], reduction)], T);
}
