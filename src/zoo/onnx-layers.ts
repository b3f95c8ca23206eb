import { type BatchNormLayer, type Layer, layerNamed, type Network } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';
import { oihwToHwio, transpose, unitsLast } from '../formats/kernel-layout.js';
import type { OnnxGraph, Unit } from './onnx-graph.js';
import type { NamedTensor } from '../formats/tensors.js';

/** A layer of ours beside the operation that may do its work. */
export interface LayerPair {
  readonly layer: Layer;
  readonly unit: Unit & { kind: 'weighted' };
  /** The batch normalisation that the exporter has folded into the convolution before it. */
  readonly folded?: Layer;
}

type Named = [name: string, tensor: NamedTensor];

/** Whether an operation's weights, strides and groups are those of the layer; values are not looked at. */
export function fitsLayer(network: Network, pair: LayerPair, graph: OnnxGraph): boolean {
  const { layer, unit } = pair;
  const [first] = layerWeights(network, layer);
  if (layer.type === 'batchNorm')
    return batchNormWeights(graph, pair)[3]?.[1].data.length === first!.shape[0];
  const stored = graph.weight(unit.node.inputs[1] ?? '');
  if (!stored || unit.node.operation === 'BatchNormalization') return false;
  if (layer.type === 'dense') return String(matrixShape(unit, stored)) === String(first!.shape);
  const order = layer.type === 'depthwise' ? [2, 3, 0, 1] : [3, 2, 0, 1];
  const needed = order.map((axis) => first!.shape[axis]);
  return String(stored.shape) === String(needed) && hasWindow(network, pair) && hasBias(graph, pair);
}

function hasWindow(network: Network, { layer, unit }: LayerPair): boolean {
  const { operation, attributes } = unit.node;
  if (operation !== 'Conv' || (layer.type !== 'convolution' && layer.type !== 'depthwise')) return false;
  const channels = layerNamed(network, layer.inputs[0]!).shape.at(-1)!;
  const groups = layer.type === 'depthwise' ? channels : layer.groups;
  const strides = attributes.get('strides') ?? [1, 1];
  const dilations = attributes.get('dilations') ?? [];
  return (
    String(strides) === String(layer.stride) &&
    dilations.every((step) => step === 1) &&
    (attributes.get('group')?.[0] ?? 1) === groups
  );
}

/** A layer without bias can take one only by way of the batch normalisation after it. */
function hasBias(graph: OnnxGraph, { layer, unit, folded }: LayerPair): boolean {
  const takesBias = folded !== undefined || ('bias' in layer && layer.bias === true);
  return takesBias || (graph.weight(unit.node.inputs[2] ?? '') ?? unit.bias) === undefined;
}

/** Of a convolution, and of the batch normalisation folded into it. */
export function convolutionWeights(graph: OnnxGraph, { layer, unit, folded }: LayerPair): Named[] {
  const stored = graph.weight(unit.node.inputs[1]!)!;
  const kernel = layer.type === 'depthwise' ? transpose(stored, [2, 3, 0, 1]) : oihwToHwio(stored);
  const filters = stored.shape[0]!;
  const bias = biasOf(graph, unit, filters);
  const hasOwnBias = 'bias' in layer && layer.bias === true;
  return [
    [`${layer.name}/kernel`, kernel],
    ...(hasOwnBias ? [named(layer, 'bias', bias)] : []),
    ...(folded ? onlyAdding(folded, hasOwnBias ? filled(filters, 0) : bias) : []),
  ];
}

/** A batch normalisation that adds `bias` and changes nothing else. */
function onlyAdding(layer: Layer, bias: NamedTensor): Named[] {
  const { epsilon } = layer as BatchNormLayer;
  const channels = bias.data.length;
  return [
    named(layer, 'gamma', filled(channels, 1)),
    named(layer, 'beta', bias),
    named(layer, 'mean', filled(channels, 0)),
    named(layer, 'variance', filled(channels, 1 - epsilon)),
  ];
}

/** Of a dense layer; rows of a flattened map stay in the file's order. */
export function denseWeights(graph: OnnxGraph, { layer, unit }: LayerPair): Named[] {
  const stored = graph.weight(unit.node.inputs[1]!)!;
  const [inputs, units] = matrixShape(unit, stored) as [number, number];
  const kernel = unitsFirst(unit)
    ? unitsLast({ shape: [units, inputs], data: stored.data })
    : { shape: [inputs, units], data: stored.data };
  return [[`${layer.name}/kernel`, kernel], named(layer, 'bias', biasOf(graph, unit, units))];
}

/** [inputs, units] of an operation that does a dense layer's work, a convolution over the whole map included. */
function matrixShape(unit: LayerPair['unit'], { shape, data }: NamedTensor): number[] {
  const units = unitsFirst(unit) ? shape[0]! : shape.at(-1)!;
  return [data.length / Math.max(1, units), units];
}

function unitsFirst({ node }: LayerPair['unit']): boolean {
  return node.operation === 'Conv' || node.attributes.get('transB')?.[0] === 1;
}

/** Of a batch normalisation; where the file's epsilon is another than ours, the variance makes up for it. */
export function batchNormWeights(graph: OnnxGraph, { layer, unit }: LayerPair): Named[] {
  const { operation, inputs, attributes } = unit.node;
  if (operation !== 'BatchNormalization') return [];
  const [gamma, beta, mean, variance] = inputs.slice(1, 5).map((input) => graph.weight(input));
  if (!gamma || !beta || !mean || !variance) return [];
  const theirs = attributes.get('epsilon')?.[0] ?? 1e-5;
  const difference = Math.fround(theirs) - Math.fround((layer as BatchNormLayer).epsilon);
  const data = difference === 0 ? variance.data : variance.data.map((value) => value + difference);
  return [
    named(layer, 'gamma', gamma),
    named(layer, 'beta', beta),
    named(layer, 'mean', mean),
    named(layer, 'variance', { shape: variance.shape, data }),
  ];
}

/** An operation's own bias, or the one added after it, or zeros. */
function biasOf(graph: OnnxGraph, { node, bias }: LayerPair['unit'], units: number): NamedTensor {
  const { data } = graph.weight(node.inputs[2] ?? '') ?? bias ?? filled(units, 0);
  return { shape: [data.length], data };
}

function named(layer: Layer, part: string, tensor: NamedTensor): Named {
  return [`${layer.name}/${part}`, tensor];
}

function filled(length: number, value: number): NamedTensor {
  return { shape: [length], data: new Float32Array(length).fill(value) };
}
