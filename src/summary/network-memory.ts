import type { Network } from '../models/network.js';
import { sizeOf } from '../formats/tensors.js';
import { bytesPerValue } from '../arithmetic/cost.js';
import { type CountableLayer, countableLayers } from './countable-layer.js';
import { layersCosts } from './network-costs.js';

/**
 * Values that an optimiser keeps for each trainable parameter: none for plain gradient descent, the velocity for
 * momentum, the two moments for Adam (Kingma & Ba, 2014, algorithm 1) and AdamW.
 */
export const optimiserState = { sgd: 0, momentum: 1, adam: 2, adamw: 2 } as const;

export type OptimiserName = keyof typeof optimiserState;

/** Bytes, as float32. `Unknown` is null for layers from a file, of which not all need be known. */
export interface NetworkMemory<Unknown = never> {
  readonly batch: number;
  readonly optimiser: OptimiserName;
  /** Weights, biases and running statistics. */
  readonly weights: number;
  /** The most that is alive at once while a batch runs forward, a layer's output freed after its last reader. */
  readonly inferenceActivations: number | Unknown;
  /** weights + inferenceActivations. */
  readonly inference: number | Unknown;
  /** One gradient for each trainable parameter. */
  readonly gradients: number;
  readonly optimiserState: number;
  /**
   * For the backward pass: what the trained part reads, the output of every layer in it, and the gradients of those
   * outputs. While a frozen part in front runs, its own peak may be larger; then that counts.
   */
  readonly trainingActivations: number | Unknown;
  /** weights + gradients + optimiserState + trainingActivations. */
  readonly training: number | Unknown;
}

/**
 * Memory to run and to train a network. An estimate of what the arithmetic needs: work space of the convolution
 * routines and the libraries themselves come on top, and a framework that frees gradients early needs less.
 */
export function networkMemory(
  network: Network,
  options: { frozen?: ReadonlySet<string>; batch?: number; optimiser?: OptimiserName } = {},
): NetworkMemory {
  // Of a network built here everything is known.
  return layersMemory(countableLayers(network), options) as NetworkMemory;
}

/** The same for layers of any origin; what needs shapes is null unless all of them are known. */
export function layersMemory(
  layers: readonly CountableLayer[],
  options: { frozen?: ReadonlySet<string>; batch?: number; optimiser?: OptimiserName } = {},
): NetworkMemory<null> {
  const { frozen = new Set<string>(), batch = 1, optimiser = 'adam' } = options;
  const { totals } = layersCosts('', layers, frozen);
  const weights = bytesPerValue * (totals.parameters + totals.statistics);
  const gradients = bytesPerValue * totals.trainable;
  const state = gradients * optimiserState[optimiser];
  const fixed = { batch, optimiser, weights, gradients, optimiserState: state };
  const sized = withSizes(layers);
  if (!sized) {
    const unknown = {
      inferenceActivations: null,
      inference: null,
      trainingActivations: null,
      training: null,
    };
    return { ...fixed, ...unknown };
  }
  const forwardPeak = peakOf(sized);
  const inferenceActivations = bytesPerValue * batch * forwardPeak;
  const trainingActivations = bytesPerValue * batch * Math.max(forwardPeak, backwardValues(sized, frozen));
  return {
    ...fixed,
    inferenceActivations,
    inference: weights + inferenceActivations,
    trainingActivations,
    training: weights + gradients + state + trainingActivations,
  };
}

interface SizedLayer extends CountableLayer {
  /** Values that it puts out for one picture. */
  readonly size: number;
}

function withSizes(layers: readonly CountableLayer[]): SizedLayer[] | undefined {
  const sized = layers.flatMap((layer) => (layer.shape ? [{ ...layer, size: sizeOf(layer.shape) }] : []));
  return sized.length === layers.length ? sized : undefined;
}

/** The largest sum of outputs alive at once, for one picture, computing the layers in their order. */
export function peakLiveValues(network: Network): number {
  return peakOf(withSizes(countableLayers(network))!);
}

function peakOf(layers: readonly SizedLayer[]): number {
  const lastReader = new Map<string, number>();
  for (const [index, layer] of layers.entries()) {
    for (const input of layer.inputs) lastReader.set(input, index);
  }
  const alive = new Map<string, number>();
  let peak = 0;
  for (const [index, layer] of layers.entries()) {
    alive.set(layer.name, layer.size);
    peak = Math.max(
      peak,
      [...alive.values()].reduce((a, b) => a + b),
    );
    for (const name of alive.keys())
      if ((lastReader.get(name) ?? Number.POSITIVE_INFINITY) <= index) alive.delete(name);
  }
  return peak;
}

/** Activations kept for the backward pass, and their gradients, for one picture. */
function backwardValues(layers: readonly SizedLayer[], frozen: ReadonlySet<string>): number {
  const receivesGradient = new Set<string>();
  const kept = new Set<string>();
  for (const { name, inputs, weights, biases } of layers) {
    const learns = weights + biases > 0 && !frozen.has(name);
    if (learns || inputs.some((input) => receivesGradient.has(input))) receivesGradient.add(name);
    if (receivesGradient.has(name)) for (const each of [name, ...inputs]) kept.add(each);
  }
  const values = (names: ReadonlySet<string>) =>
    layers.reduce((sum, { name, size }) => sum + (names.has(name) ? size : 0), 0);
  return values(kept) + values(receivesGradient);
}
