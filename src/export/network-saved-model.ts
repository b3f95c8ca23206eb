import path from 'node:path';
import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, outputOf } from '../models/network.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { DataType, GraphBuilder, graphDef } from '../graph/graph-def.js';
import { castTo, NetworkWriter } from '../models/network-graph.js';
import { type Signature, savedModelMessage } from '../graph/saved-model.js';
import { expectFitsProtobuf } from './protobuf-limit.js';

/** What the signature calls its input and its output unless told. */
export const signatureNames = { input: 'pictures', output: 'probabilities' } as const;

/**
 * Writes a network as a SavedModel, which Python's TensorFlow and TensorFlow Serving load, from any batch of uint8
 * pictures to its last layer's values. Weights are constants in the graph.
 *
 *     model = tf.saved_model.load(directory)
 *     model.signatures['serving_default'](pictures=pixels)['probabilities']
 *
 * @param directory made if need be; holds `saved_model.pb` afterwards.
 * @param weighted preprocessing included (see `withPreprocessing`).
 * @param names of the signature's input and output.
 */
export async function exportSavedModel(
  directory: string,
  { network, weights }: WeightedNetwork,
  names: { readonly input: string; readonly output: string } = signatureNames,
): Promise<void> {
  expectFitsProtobuf(network, 'a SavedModel');
  const folded = foldBatchNorm({ network, weights });
  const graph = new GraphBuilder();
  const inputShape = [-1, ...inputOf(network).shape];
  const outputShape = [-1, ...outputOf(network).shape];
  const pictures = graph.placeholder(DataType.uint8, inputShape, names.input);
  const outputs = new NetworkWriter(graph, folded.weights).outputs(
    folded.network,
    castTo(graph, pictures, 'uint8', 'float32'),
  );
  const last = outputs.get(outputOf(network).name)!;
  const result = graph.node('Identity', [last], { T: { type: DataType.float32 } }, { name: names.output });
  const signature: Signature = {
    inputs: { [names.input]: { tensor: pictures, type: DataType.uint8, shape: inputShape } },
    outputs: { [names.output]: { tensor: result, type: DataType.float32, shape: outputShape } },
  };
  const { chunks } = savedModelMessage(graphDef([graph.fragment()]), signature);
  makeFolder(directory);
  await writeFileAtomic(path.join(directory, 'saved_model.pb'), Buffer.concat(chunks));
}
