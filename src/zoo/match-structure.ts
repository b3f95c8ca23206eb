import { type Layer, layerNamed, type Network, outputOf } from '../models/network.js';
import type { OnnxModel } from '../formats/onnx.js';
import { OnnxGraph, type Unit } from './onnx-graph.js';
import {
  batchNormWeights,
  convolutionWeights,
  denseWeights,
  fitsLayer,
  type LayerPair,
} from './onnx-layers.js';
import type { NamedTensor } from '../formats/tensors.js';

/**
 * The weights of a network out of a graph of the same structure, whatever its tensors are called: both are walked from
 * the end back to the picture, operation by operation, comparing shapes, strides and groups. A batch
 * normalisation that was folded into a convolution becomes one that only adds the convolution's bias.
 *
 * @returns undefined when no part of the graph has the network's structure.
 */
export function matchStructure(network: Network, model: OnnxModel): Map<string, NamedTensor> | undefined {
  const graph = new OnnxGraph(model);
  const walk = new Walk(network, graph);
  const last = walk.counting(outputOf(network).name);
  const end = graph.ends.find((value) => walk.fits(last, value));
  return end === undefined ? undefined : weightsOf(graph, walk.pairs(last, end));
}

class Walk {
  readonly #network: Network;
  readonly #graph: OnnxGraph;
  readonly #known = new Map<string, boolean>();

  constructor(network: Network, graph: OnnxGraph) {
    this.#network = network;
    this.#graph = graph;
  }

  /** The layer at or before the one named that has weights or joins others. */
  counting(name: string): Layer {
    const layer = layerNamed(this.#network, name);
    const counts = ['input', 'convolution', 'depthwise', 'dense', 'batchNorm', 'add', 'concatenate'];
    return counts.includes(layer.type) ? layer : this.counting(layer.inputs[0]!);
  }

  /** Whether the graph's value is made as the layer's output is. */
  fits(layer: Layer, value: string): boolean {
    const key = `${layer.name}\n${value}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, false); // a graph with a circle fits nothing
    const fits = this.#inputsOf(layer, value) !== undefined;
    this.#known.set(key, fits);
    return fits;
  }

  /** Every pair of a layer with weights and its operation, from the layer back to the picture. */
  pairs(layer: Layer, value: string): LayerPair[] {
    const found = new Map<string, LayerPair>();
    const visit = (ours: Layer, theirs: string): void => {
      if (found.has(ours.name)) return;
      const step = this.#inputsOf(ours, theirs);
      if (step?.pair) {
        found.set(ours.name, step.pair);
        if (step.pair.folded) found.set(step.pair.layer.name, step.pair);
      }
      for (const [inner, innerValue] of step?.inputs ?? []) visit(inner, innerValue);
    };
    visit(layer, value);
    return [...new Set(found.values())];
  }

  /** What must fit below, and the pair found; undefined where the two do not fit. */
  #inputsOf(
    layer: Layer,
    value: string,
  ): { pair?: LayerPair; inputs: (readonly [Layer, string])[] } | undefined {
    if (layer.type === 'input') return this.#graph.isInput(value) ? { inputs: [] } : undefined;
    const unit = this.#graph.unitOf(value);
    if (layer.type === 'add' || layer.type === 'concatenate') {
      if (unit.kind !== layer.type || unit.inputs.length !== layer.inputs.length) return undefined;
      const ours = layer.inputs.map((name) => this.counting(name));
      const orders = layer.type === 'add' ? [unit.inputs, unit.inputs.toReversed()] : [unit.inputs];
      const inputs = orders
        .map((order) => ours.map((inner, i) => [inner, order[i]!] as const))
        .find((pairs) => pairs.every(([inner, innerValue]) => this.fits(inner, innerValue)));
      return inputs && { inputs };
    }
    if (unit.kind !== 'weighted') return undefined;
    const pair = this.#pairOf(layer, unit);
    if (!pair || !fitsLayer(this.#network, pair, this.#graph)) return undefined;
    const below = this.counting(pair.layer.inputs[0]!);
    const source = unit.node.inputs[0]!;
    return this.fits(below, source) ? { pair, inputs: [[below, source]] } : undefined;
  }

  #pairOf(layer: Layer, unit: Unit & { kind: 'weighted' }): LayerPair | undefined {
    if (layer.type !== 'batchNorm' || unit.node.operation === 'BatchNormalization') return { layer, unit };
    const below = this.counting(layer.inputs[0]!);
    const isConvolution = below.type === 'convolution' || below.type === 'depthwise';
    return isConvolution ? { layer: below, unit, folded: layer } : undefined;
  }
}

function weightsOf(graph: OnnxGraph, pairs: readonly LayerPair[]): Map<string, NamedTensor> {
  return new Map(
    pairs.flatMap((pair) => {
      if (pair.layer.type === 'batchNorm') return batchNormWeights(graph, pair);
      return pair.layer.type === 'dense' ? denseWeights(graph, pair) : convolutionWeights(graph, pair);
    }),
  );
}
