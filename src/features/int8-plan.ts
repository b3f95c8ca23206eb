/** Which layers of a network can run in eight-bit integers. */
import { type LayerTable, perform } from '../models/layer-table.js';
import type { ConvolutionLayer, Layer, Network, PoolLayer } from '../models/network.js';

/** What an int8 graph does with a network's layers, by name. */
export interface Int8Plan {
  /** Convolutions and max pools that run in integers. */
  readonly integer: ReadonlySet<string>;
  /** Layers whose outputs are quantised, so that their ranges must be known. */
  readonly ranged: readonly string[];
}

/**
 * Convolutions with ReLU that read maps without values below 0 run in integers, and max pools without padding that
 * read such convolutions' outputs. A network's first convolution reads pixels minus their mean and stays in float32.
 */
export function planInt8(network: Network): Int8Plan {
  const integer = new Set<string>();
  const ranged = new Set<string>();
  const nonNegative = new Set<string>();
  for (const layer of network.layers) {
    if (isNonNegative(layer, nonNegative)) nonNegative.add(layer.name);
    const input = layer.inputs[0];
    if (input === undefined) continue;
    if (layer.type === 'convolution' && layer.activation === 'relu' && isWhole(layer)) {
      if (!nonNegative.has(input)) continue;
      integer.add(layer.name);
      ranged.add(layer.name);
      if (!integer.has(input)) ranged.add(input);
    }
    if (layer.type === 'maxPool' && integer.has(input) && !isPadded(layer)) integer.add(layer.name);
  }
  return { integer, ranged: [...ranged] };
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
