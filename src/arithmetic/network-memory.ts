import type { Network } from '../models/network.js';
import { sizeOf } from '../weights/tensors.js';
import { bytesPerValue } from './cost.js';
import { networkCosts } from './network-costs.js';

/**
 * Values that an optimiser keeps for each trainable parameter: none for plain gradient descent, the velocity for
 * momentum, the two moments for Adam (Kingma & Ba, 2014, algorithm 1) and AdamW.
 */
export const optimiserState = { sgd: 0, momentum: 1, adam: 2, adamw: 2 } as const;

export type OptimiserName = keyof typeof optimiserState;

/** Bytes, as float32. */
export interface NetworkMemory {
  readonly batch: number;
  readonly optimiser: OptimiserName;
  /** Weights, biases and running statistics. */
  readonly weights: number;
  /** The most that is alive at once while a batch runs forward, a layer's output freed after its last reader. */
  readonly inferenceActivations: number;
  /** weights + inferenceActivations. */
  readonly inference: number;
  /** One gradient for each trainable parameter. */
  readonly gradients: number;
  readonly optimiserState: number;
  /**
   * For the backward pass: what the trained part reads, the output of every layer in it, and the gradients of those
   * outputs. While a frozen part in front runs, its own peak may be larger; then that counts.
   */
  readonly trainingActivations: number;
  /** weights + gradients + optimiserState + trainingActivations. */
  readonly training: number;
}

/**
 * Memory to run and to train a network. An estimate of what the arithmetic needs: work space of the convolution
 * routines and the libraries themselves come on top, and a framework that frees gradients early needs less.
 */
export function networkMemory(
  network: Network,
  options: { frozen?: ReadonlySet<string>; batch?: number; optimiser?: OptimiserName } = {},
): NetworkMemory {
  const { frozen = new Set<string>(), batch = 1, optimiser = 'adam' } = options;
  const { totals } = networkCosts(network, frozen);
  const weights = bytesPerValue * (totals.parameters + totals.statistics);
  const forwardPeak = peakLiveValues(network);
  const inferenceActivations = bytesPerValue * batch * forwardPeak;
  const gradients = bytesPerValue * totals.trainable;
  const state = gradients * optimiserState[optimiser];
  const trainingActivations = bytesPerValue * batch * Math.max(forwardPeak, backwardValues(network, frozen));
  return {
    batch,
    optimiser,
    weights,
    inferenceActivations,
    inference: weights + inferenceActivations,
    gradients,
    optimiserState: state,
    trainingActivations,
    training: weights + gradients + state + trainingActivations,
  };
}

/** The largest sum of outputs alive at once, for one picture, computing the layers in their order. */
export function peakLiveValues(network: Network): number {
  const lastReader = new Map<string, number>();
  for (const [index, layer] of network.layers.entries()) {
    for (const input of layer.inputs) lastReader.set(input, index);
  }
  const alive = new Map<string, number>();
  let peak = 0;
  for (const [index, layer] of network.layers.entries()) {
    alive.set(layer.name, sizeOf(layer.shape));
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
function backwardValues(network: Network, frozen: ReadonlySet<string>): number {
  const trained = networkCosts(network, frozen).layers.filter((layer) => layer.state === 'trainable');
  const receivesGradient = new Set(trained.map((layer) => layer.name));
  const kept = new Set<string>();
  for (const layer of network.layers) {
    if (layer.inputs.some((input) => receivesGradient.has(input))) receivesGradient.add(layer.name);
    if (receivesGradient.has(layer.name)) for (const name of [layer.name, ...layer.inputs]) kept.add(name);
  }
  const values = (names: ReadonlySet<string>) =>
    network.layers.reduce((sum, { name, shape }) => sum + (names.has(name) ? sizeOf(shape) : 0), 0);
  return values(kept) + values(receivesGradient);
}
