/** What layers put out on average, as far as a network's batch normalisations tell: no picture is needed for it. */
import { clippedNormal, type Moments } from '../arithmetic/clipped-normal.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { type LayerTable, perform } from '../models/layer-table.js';
import type { Activation, BatchNormLayer, Layer } from '../models/network.js';

/** What a layer puts out, channel by channel. */
export type ExpectedOutputs = readonly Moments[];

/** Undefined where nothing is known. */
type Outputs = ExpectedOutputs | undefined;

/**
 * The mean and deviation of each channel that a layer puts out, of the layers where they are known: batch normalisation
 * makes numbers of mean beta and deviation gamma, taken for normal ones (Nagel et al., "Data-Free Quantization Through
 * Weight Equalization and Bias Correction", 2019, section 4.2), and what is added is taken for independent.
 */
export function expectedOutputs({ network, weights }: WeightedNetwork): Map<string, ExpectedOutputs> {
  const known = new Map<string, ExpectedOutputs>();
  const types = new Map(network.layers.map(({ name, type }) => [name, type]));
  for (const layer of network.layers) {
    // What normalises pixels has the colours' scale for statistics, not the pictures'.
    if (layer.type === 'batchNorm' && types.get(layer.inputs[0]!) === 'input') continue;
    const outputs = perform(
      outputsOf,
      layer,
      layer.inputs.map((name) => known.get(name)),
      weights,
    );
    if (outputs) known.set(layer.name, outputs);
  }
  return known;
}

const nothing = () => undefined;
const same = (_: Layer, [x]: readonly Outputs[]) => x;

const outputsOf: LayerTable<[inputs: readonly Outputs[], weights: Weights], Outputs> = {
  input: nothing,
  convolution: nothing,
  depthwise: nothing,
  subsample: nothing,
  maxPool: nothing,
  averagePool: nothing,
  globalAverage: nothing,
  globalMaximum: nothing,
  generalisedMean: nothing,
  flatten: nothing,
  dense: nothing,
  radialBasis: nothing,
  dropout: same,
  batchNorm: (layer, _, weights) => activated(normalised(layer, weights), layer.activation),
  localResponseNorm: nothing,
  rootMeanSquareNorm: nothing,
  activation: ({ activation }, [x]) => activated(x, activation),
  add: ({ activation }, inputs) => activated(summed(inputs), activation),
  resize: nothing,
  concatenate: (_, inputs) => (inputs.every((one) => one !== undefined) ? inputs.flat() : undefined),
};

function normalised({ name }: BatchNormLayer, weights: Weights): Outputs {
  const part = (of: string): NamedTensor['data'] => weights.get(`${name}/${of}`)!.data;
  const gamma = part('gamma');
  return Array.from(part('beta'), (mean, i) => ({ mean, deviation: Math.abs(gamma[i]!) }));
}

function summed(inputs: readonly Outputs[]): Outputs {
  return inputs.reduce((sum, one) =>
    sum && one
      ? sum.map(({ mean, deviation }, i) => ({
          mean: mean + one[i]!.mean,
          deviation: Math.hypot(deviation, one[i]!.deviation),
        }))
      : undefined,
  );
}

function activated(x: Outputs, activation: Activation | undefined): Outputs {
  if (!activation) return x;
  if (activation !== 'relu' && activation !== 'relu6') return undefined;
  const highest = activation === 'relu6' ? 6 : Number.POSITIVE_INFINITY;
  return x?.map((moments) => clippedNormal(moments, highest));
}
