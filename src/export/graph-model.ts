import fs from 'node:fs';
import path from 'node:path';
import type { WeightedNetwork } from '../models/compose.js';
import { inputOf, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { makeFolder } from '../runtime/make-folder.js';
import type { NamedTensor } from '../formats/tensors.js';
import {
  type Attribute,
  type Attributes,
  type ConstantValues,
  DataType,
  GraphBuilder,
  type Output,
} from '../graph/graph-def.js';
import { NetworkWriter } from '../models/network-graph.js';
import { signatureNames } from './network-saved-model.js';
import { bytesOf } from '../runtime/bytes-of.js';

/**
 * Writes a network as a TF.js graph model, model.json and weights.bin, which `tf.loadGraphModel` loads in a browser
 * too. It can say what TF.js' layers cannot: local response normalisation, groups, pools over padding of their own.
 * Every weight of the network is among the model's under its own name, so that it can be read back.
 *
 * @param directory made if need be.
 * @param weighted takes float32 pictures, [batch, height, width, channels].
 * @param metadata what else a user of the model should know.
 */
export function exportGraphModel(
  directory: string,
  { network, weights }: WeightedNetwork,
  metadata: Readonly<Record<string, unknown>> = {},
): void {
  const graph = new JsonGraphBuilder();
  const inputShape = [-1, ...inputOf(network).shape];
  const pictures = graph.placeholder(DataType.float32, inputShape, signatureNames.input);
  const last = new NetworkWriter(graph, weights).outputs(network, pictures).get(outputOf(network).name)!;
  const float32 = { T: { type: DataType.float32 } };
  const result = graph.node('Identity', [last], float32, { name: signatureNames.output });
  for (const { name } of networkWeights(network)) graph.keep(name, weights.get(name)!);

  const outputShape = [-1, ...outputOf(network).shape];
  const model = {
    format: 'graph-model',
    signature: {
      inputs: {
        [signatureNames.input]: { name: pictures, dtype: 'DT_FLOAT', tensorShape: shapeJson(inputShape) },
      },
      outputs: {
        [signatureNames.output]: { name: result, dtype: 'DT_FLOAT', tensorShape: shapeJson(outputShape) },
      },
    },
    modelTopology: { node: graph.nodes, versions: { producer: 1882 } },
    weightsManifest: [{ paths: ['weights.bin'], weights: graph.constants.map(({ spec }) => spec) }],
    userDefinedMetadata: metadata,
  };
  makeFolder(directory);
  fs.writeFileSync(
    path.join(directory, 'weights.bin'),
    Buffer.concat(graph.constants.map(({ bytes }) => bytes)),
  );
  fs.writeFileSync(path.join(directory, 'model.json'), JSON.stringify(model));
}

/** A graph as JSON, its constants' values apart. */
class JsonGraphBuilder extends GraphBuilder {
  readonly nodes: unknown[] = [];
  readonly constants: { readonly spec: { readonly name: string }; readonly bytes: Uint8Array }[] = [];

  override node(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    options: { name?: string } = {},
  ): Output {
    const output = super.node(op, inputs, attributes, options);
    const written = Object.entries(attributes).flatMap(([key, value]) => {
      return 'tensor' in value ? [] : [[key, attributeJson(value)]];
    });
    this.nodes.push({
      name: output.slice(0, -2),
      op,
      input: inputs.map((input) => input.replace(/:0$/, '')),
      // TF.js does not know these attributes' defaults.
      attr: { ...(op.includes('Conv2') && undilated), ...Object.fromEntries(written) },
    });
    return output;
  }

  override constant(values: ConstantValues, shape: readonly number[], type: number, name?: string): Output {
    const output = super.constant(values, shape, type, name);
    const dtype = weightTypes.get(type);
    if (!dtype) throw new Error(`no way to write a constant of TensorFlow's type ${type} in a graph model`);
    this.#add(output.slice(0, -2), values, shape, dtype);
    return output;
  }

  /** Adds a tensor that no node reads, unless it is there already. */
  keep(name: string, { shape, data }: NamedTensor): void {
    if (this.constants.every(({ spec }) => spec.name !== name)) this.#add(name, data, shape, 'float32');
  }

  #add(name: string, values: ConstantValues, shape: readonly number[], dtype: string): void {
    const bytes = bytesOf(values);
    this.constants.push({ spec: { name, shape, dtype } as { name: string }, bytes });
  }
}

const undilated = {
  dilations: { list: { i: ['1', '1', '1', '1'] } },
  data_format: { s: Buffer.from('NHWC').toString('base64') },
};

const typeNames: ReadonlyMap<number, string> = new Map([
  [DataType.float32, 'DT_FLOAT'],
  [DataType.int32, 'DT_INT32'],
  [DataType.bool, 'DT_BOOL'],
]);

/** What a model's list of weights calls the types. */
const weightTypes: ReadonlyMap<number, string> = new Map([
  [DataType.float32, 'float32'],
  [DataType.int32, 'int32'],
  [DataType.bool, 'bool'],
]);

/** An attribute in protocol buffers' JSON: 64-bit numbers as text, bytes in base 64. */
function attributeJson(value: Exclude<Attribute, { tensor: unknown }>): unknown {
  if ('type' in value && typeNames.has(value.type)) return { type: typeNames.get(value.type) };
  if ('int' in value) return { i: String(value.int) };
  if ('float' in value) return { f: value.float };
  if ('bool' in value) return { b: value.bool };
  if ('text' in value) return { s: Buffer.from(value.text).toString('base64') };
  if ('shape' in value) return { shape: shapeJson(value.shape) };
  if ('ints' in value) return { list: { i: value.ints.map(String) } };
  throw new Error(`no way to write the attribute ${JSON.stringify(value)} in a graph model`);
}

function shapeJson(shape: readonly number[]): unknown {
  return { dim: shape.map((side) => ({ size: String(side) })) };
}
