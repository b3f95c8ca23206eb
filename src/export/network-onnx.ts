import fs from 'node:fs';
import path from 'node:path';
import { type OnnxValue, OnnxGraph, OnnxType } from '../formats/onnx-writer.js';
import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, type Layer, outputOf } from '../models/network.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { signatureNames } from './network-saved-model.js';
import { writeOnnxLayer } from './onnx-layers.js';
import { expectFitsProtobuf } from './protobuf-limit.js';

/** The file in an export's folder. */
export const onnxFile = 'model.onnx';

/**
 * Writes a network as an ONNX model of opset 17, which onnxruntime and much else loads, from any batch of uint8 pictures
 * [batch, height, width, channels] to its last layer's values. Weights keep their names, `conv1/kernel`, in ONNX' layouts.
 *
 *     session = onnxruntime.InferenceSession('model.onnx')
 *     session.run(['probabilities'], {'pictures': pixels})
 *
 * @param directory made if need be; holds `model.onnx` afterwards.
 * @param weighted preprocessing included (see `withPreprocessing`).
 * @param metadata kept in the model.
 * @throws UserError when ONNX cannot say what the network does, or one file cannot hold it.
 */
export async function exportOnnx(
  directory: string,
  { network, weights }: WeightedNetwork,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  expectFitsProtobuf(network, 'an ONNX file');
  const { input, output } = signatureNames;
  const graph = new OnnxGraph([input, output]);
  const pictures = graph.node('Cast', [input], { to: { int: OnnxType.float32 } });
  const outputs = new Map<string, string>();
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    const written =
      layer.type === 'input'
        ? reordered(graph, pictures, layer, [0, 3, 1, 2])
        : writeOnnxLayer(graph, layer, inputs, weights);
    outputs.set(layer.name, written);
  }
  const last = outputOf(network);
  const values = reordered(graph, outputs.get(last.name)!, last, [0, 2, 3, 1]);
  graph.node('Identity', [values], {}, { output });
  const value = (name: string, type: number, shape: readonly number[]): OnnxValue => ({
    name,
    type,
    shape: ['batch', ...shape],
  });
  const { chunks } = graph.model(
    network.name,
    [value(input, OnnxType.uint8, inputOf(network).shape)],
    [value(output, OnnxType.float32, last.shape)],
    metadata,
  );
  fs.mkdirSync(directory, { recursive: true });
  await writeFileAtomic(path.join(directory, onnxFile), Buffer.concat(chunks));
}

/** A map with its axes in another order; rows of values have none to change. */
function reordered(graph: OnnxGraph, x: string, { shape }: Layer, perm: readonly number[]): string {
  return shape.length === 3 ? graph.node('Transpose', [x], { perm: { ints: perm } }) : x;
}
