/** Which layers of a network can run in eight-bit integers. */
import { type LayerTable, perform } from '../models/layer-table.js';
import type { BatchNormLayer, ConvolutionLayer, Layer, Network, PoolLayer } from '../models/network.js';

/** What an int8 graph does with a network's layers, by name. */
export interface Int8Plan {
  /** Convolutions and max pools that run in integers. */
  readonly integer: ReadonlySet<string>;
  /** Of these convolutions those that read pixels, by name, and the normalisation of the pixels before them. */
  readonly pixels: ReadonlyMap<string, BatchNormLayer>;
  /** Layers whose outputs are quantised, so that their ranges must be known. */
  readonly ranged: readonly string[];
}

/**
 * Convolutions with ReLU that read pixels, or maps without values below 0, run in integers, and max pools without
 * padding that read such convolutions' outputs.
 *
 * @param readsPixels whether those on pixels do, too. A calibration from before they did says nothing of it: what it was
 *   made for goes on in float32 there. The range of such a layer proves nothing, the next one may have needed it.
 */
export function planInt8(network: Network, readsPixels = true): Int8Plan {
  const integer = new Set<string>();
  const pixels = new Map<string, BatchNormLayer>();
  const ranged = new Set<string>();
  const nonNegative = new Set<string>();
  for (const layer of network.layers) {
    if (isNonNegative(layer, nonNegative)) nonNegative.add(layer.name);
    const input = layer.inputs[0];
    if (input === undefined) continue;
    if (layer.type === 'convolution' && layer.activation === 'relu' && isWhole(layer)) {
      const scaling = readsPixels ? pixelScaling(network, input) : undefined;
      if (!scaling && !nonNegative.has(input)) continue;
      integer.add(layer.name);
      ranged.add(layer.name);
      if (scaling) pixels.set(layer.name, scaling);
      else if (!integer.has(input)) ranged.add(input);
    }
    if (layer.type === 'maxPool' && integer.has(input) && !isPadded(layer)) integer.add(layer.name);
  }
  const isWorthIt = integer.size > pixels.size;
  return isWorthIt
    ? { integer, pixels, ranged: [...ranged] }
    : { integer: new Set(), pixels: new Map(), ranged: [] };
}

/** The layer `name` where it does nothing but scale and shift each of the input's channels. */
function pixelScaling({ layers }: Network, name: string): BatchNormLayer | undefined {
  const layer = layers.find((candidate) => candidate.name === name);
  if (layer?.type !== 'batchNorm' || layer.activation) return undefined;
  const before = layers.find((candidate) => candidate.name === layer.inputs[0]);
  return before?.type === 'input' ? layer : undefined;
}

/** Whether every filter reads every channel. */
function isWhole({ groups, connections }: ConvolutionLayer): boolean {
  return groups === 1 && !connections;
}

function isPadded({ padding }: PoolLayer): boolean {
  return padding.top + padding.bottom + padding.left + padding.right > 0;
}

/** Whether a layer never puts out values below 0, so that eight bits without a sign can hold them. */
function isNonNegative(layer: Layer, known: ReadonlySet<string>): boolean {
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
