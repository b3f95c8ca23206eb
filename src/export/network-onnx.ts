import fs from 'node:fs';
import path from 'node:path';
import { type OnnxValue, OnnxGraph, OnnxType } from '../formats/onnx-writer.js';
import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, type Layer, outputOf } from '../models/network.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { signatureNames } from './network-saved-model.js';
import { writeOnnxLayer } from './onnx-layers.js';
import { type Int8Layers, writeOnnxInt8 } from './onnx-int8.js';
import { type OnnxResize, writeOnnxResize } from './onnx-resize.js';
import { expectFitsProtobuf } from './protobuf-limit.js';

/** The file in an export's folder. */
export const onnxFile = 'model.onnx';

export interface OnnxOptions {
  /** Resizes inside the model, so that it takes pictures of any size; without it, they are of the network's own size. */
  readonly resize?: OnnxResize;
  /**
   * The layers that compute in eight-bit integers: QuantizeLinear and DequantizeLinear around operations in float32,
   * which runtimes join to operations of integers.
   */
  readonly int8?: Int8Layers;
  /** Kept in the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a network as an ONNX model of opset 17, which onnxruntime and much else loads, from any batch of uint8 pictures
 * [batch, height, width, channels] to its last layer's values. Weights keep their names, `conv1/kernel`, in ONNX' layouts.
 *
 *     session = onnxruntime.InferenceSession('model.onnx')
 *     session.run(['probabilities'], {'pictures': pixels})
 *
 * @param directory made if need be; holds `model.onnx` afterwards.
 * @param weighted preprocessing included (see `withPreprocessing`).
 * @throws UserError when ONNX cannot say what the network does, or one file cannot hold it.
 */
export async function exportOnnx(
  directory: string,
  weighted: WeightedNetwork,
  { resize, int8, metadata = {} }: OnnxOptions = {},
): Promise<void> {
  const { network } = weighted;
  expectFitsProtobuf(network, 'an ONNX file');
  const { input, output } = signatureNames;
  const graph = new OnnxGraph([input, output]);
  const given = graph.node('Cast', [input], { to: { int: OnnxType.float32 } });
  const first = inputOf(network);
  const pictures =
    resize === undefined
      ? reordered(graph, given, first, [0, 3, 1, 2])
      : writeOnnxResize(graph, given, first.shape as [number, number, number], resize);
  const written = int8
    ? writeOnnxInt8(graph, weighted, int8, pictures)
    : writeLayers(graph, weighted, pictures);
  const last = outputOf(network);
  const values = reordered(graph, written, last, [0, 2, 3, 1]);
  graph.node('Identity', [values], {}, { output });
  const value = (name: string, type: number, shape: readonly (number | string)[]): OnnxValue => ({
    name,
    type,
    shape: ['batch', ...shape],
  });
  const taken = resize === undefined ? first.shape : ['height', 'width', first.shape[2]!];
  const { chunks } = graph.model(
    network.name,
    [value(input, OnnxType.uint8, taken)],
    [value(output, OnnxType.float32, last.shape)],
    metadata,
  );
  fs.mkdirSync(directory, { recursive: true });
  await writeFileAtomic(path.join(directory, onnxFile), Buffer.concat(chunks));
}

function writeLayers(graph: OnnxGraph, { network, weights }: WeightedNetwork, pictures: string): string {
  const outputs = new Map<string, string>();
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    outputs.set(
      layer.name,
      layer.type === 'input' ? pictures : writeOnnxLayer(graph, layer, inputs, weights),
    );
  }
  return outputs.get(outputOf(network).name)!;
}

/** A map with its axes in another order; rows of values have none to change. */
function reordered(graph: OnnxGraph, x: string, { shape }: Layer, perm: readonly number[]): string {
  return shape.length === 3 ? graph.node('Transpose', [x], { perm: { ints: perm } }) : x;
}
