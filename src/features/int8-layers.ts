/** What a layer is to eight-bit integers. */
import type { Weights } from '../formats/tensors.js';
import { type LayerTable, perform } from '../models/layer-table.js';
import {
  type BatchNormLayer,
  type ConvolutionLayer,
  type Layer,
  layerNamed,
  type Network,
} from '../models/network.js';

/** The layer `name` where it does nothing but scale and shift each of the input's channels. */
export function pixelScaling({ layers }: Network, name: string): BatchNormLayer | undefined {
  const layer = layers.find((candidate) => candidate.name === name);
  if (layer?.type !== 'batchNorm' || layer.activation) return undefined;
  const before = layers.find((candidate) => candidate.name === layer.inputs[0]);
  return before?.type === 'input' ? layer : undefined;
}

/** How pixels become what the convolution reads, channel by channel: scale · (pixel − mean) + shift. */
export interface PixelScaling {
  readonly scale: Float32Array;
  readonly mean: Float32Array;
  readonly shift: Float32Array;
}

/** What a normalisation does. */
export function scalingOf({ name, epsilon }: BatchNormLayer, weights: Weights): PixelScaling {
  const part = (of: string) => weights.get(`${name}/${of}`)!.data as Float32Array;
  const gamma = part('gamma');
  const scale = Float32Array.from(part('variance'), (value, c) => gamma[c]! / Math.sqrt(value + epsilon));
  return { scale, mean: part('mean'), shift: part('beta') };
}

/** The layer whose range holds for a map: a max pool in integers has none of its own, and no value of it exceeds what it reads. */
export function rangedLayer(
  network: Network,
  ranges: Readonly<Record<string, number>>,
  name: string,
): string {
  const { type, inputs } = layerNamed(network, name);
  return type === 'maxPool' && !(name in ranges) ? rangedLayer(network, ranges, inputs[0]!) : name;
}

/** Whether it is a convolution of which every filter reads every channel. */
export function isWhole(layer: Layer): layer is ConvolutionLayer {
  return layer.type === 'convolution' && layer.groups === 1 && !layer.connections;
}

/** Whether a layer never puts out values below 0, so that eight bits without a sign can hold them. */
export function isNonNegative(layer: Layer, known: ReadonlySet<string>): boolean {
  if ('activation' in layer && layer.activation) {
    return ['relu', 'relu6', 'sigmoid', 'softmax'].includes(layer.activation);
  }
  return perform(keepsSign, layer) && layer.inputs.every((name) => known.has(name));
}

const yes = () => true;
const no = () => false;

/** Whether values that are not below 0 stay so, activations aside. */
const keepsSign: LayerTable<[], boolean> = {
  input: no,
  convolution: no,
  depthwise: no,
  subsample: no,
  maxPool: yes,
  averagePool: yes,
  globalAverage: yes,
  globalMaximum: yes,
  generalisedMean: yes,
  flatten: yes,
  dense: no,
  radialBasis: no,
  dropout: yes,
  batchNorm: no,
  localResponseNorm: yes,
  rootMeanSquareNorm: yes,
  activation: no,
  add: yes,
  resize: yes,
  concatenate: yes,
};
