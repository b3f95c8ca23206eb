import { type LayerTable, perform } from '../models/layer-table.js';
import { connectionCount, type Layer, layerNamed, type Network, type Shape } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';
import type { Sides } from '../arithmetic/padding.js';
import { sizeOf } from '../formats/tensors.js';
import { convolutionMultiplyAdds, denseMultiplyAdds } from '../arithmetic/cost.js';
import type { FieldStep } from '../arithmetic/receptive-field.js';

/** A window that slides over a map. */
export interface SlidingWindow {
  /** Height and width in pixels. */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Zeros added around. */
  readonly padding: Sides;
  /** Filters see channels/groups of the input each. */
  readonly groups: number;
  /** Distance between neighbouring window values, down and across; absent where it is 1. */
  readonly dilation?: readonly [number, number];
}

/**
 * What a unit sees of the map that its layer reads: its own place, some places around it, or all of them; null where
 * that is not known.
 */
export type Sight = 'place' | 'whole' | { readonly down: FieldStep; readonly across: FieldStep } | null;

/** A layer as far as the arithmetic goes, be it of a network built here or read from a file. */
export interface CountableLayer {
  readonly name: string;
  /** A layer type of network.ts; of a file also what the file calls a layer that is not known here. */
  readonly type: string;
  /** The layers that it reads, all of them before it. */
  readonly inputs: readonly string[];
  /** What it puts out for one picture; null where that is not known. */
  readonly shape: Shape | null;
  readonly window?: SlidingWindow;
  readonly sight: Sight;
  /** Kernels, and a batch norm's gamma. */
  readonly weights: number;
  /** Biases, and a batch norm's beta. */
  readonly biases: number;
  /** What is stored, but not learned by gradient: a batch norm's running mean and variance. */
  readonly statistics: number;
  /** Null where they are not known. */
  readonly multiplyAdds: number | null;
}

/** The layers of a network, counted one by one. */
export function countableLayers(network: Network): CountableLayer[] {
  return network.layers.map((layer) => ({
    name: layer.name,
    type: layer.type,
    inputs: layer.inputs,
    shape: layer.shape,
    ...('kernel' in layer && {
      window: {
        kernel: layer.kernel,
        stride: layer.stride,
        padding: layer.padding,
        groups: 'groups' in layer ? layer.groups : 1,
      },
    }),
    sight: sightOf(layer),
    ...countWeights(network, layer),
    multiplyAdds: layerMultiplyAdds(network, layer),
  }));
}

/** What a unit under a sliding window sees. */
export function throughWindow({ kernel, stride, padding, dilation }: Omit<SlidingWindow, 'groups'>): Sight {
  return {
    down: { kernel: kernel[0], stride: stride[0], padding: padding.top, dilation: dilation?.[0] ?? 1 },
    across: { kernel: kernel[1], stride: stride[1], padding: padding.left, dilation: dilation?.[1] ?? 1 },
  };
}

const wholeMap: ReadonlySet<string> = new Set([
  'flatten',
  'globalAverage',
  'globalMaximum',
  'generalisedMean',
]);

function sightOf(layer: Layer): Sight {
  if ('kernel' in layer) return throughWindow(layer);
  // steps of a fraction of a place are not counted
  if (layer.type === 'resize') return null;
  // What follows a flattened map reads all of it.
  return wholeMap.has(layer.type) ? 'whole' : 'place';
}

/** Sorts a layer's tensors by what their names say. */
export function countTensors(
  tensors: readonly { readonly name: string; readonly shape: Shape }[],
): Pick<CountableLayer, 'weights' | 'biases' | 'statistics'> {
  const counts = { weights: 0, biases: 0, statistics: 0 };
  for (const { name, shape } of tensors) counts[kindOfTensor(name)] += sizeOf(shape);
  return counts;
}

function kindOfTensor(name: string): 'weights' | 'biases' | 'statistics' {
  const part = name.slice(name.lastIndexOf('/') + 1);
  if (/^(bias|beta)/.test(part)) return 'biases';
  return /^(moving_)?(mean|variance)/.test(part) ? 'statistics' : 'weights';
}

function countWeights(network: Network, layer: Layer) {
  return countTensors(layerWeights(network, layer));
}

function layerMultiplyAdds(network: Network, layer: Layer): number {
  const inputs = layer.inputs[0] === undefined ? 0 : layerNamed(network, layer.inputs[0]).shape.at(-1)!;
  return perform(multiplyAddsOf, layer, inputs);
}

const none = () => 0;

/** Given the channels, or values, of what the layer reads. */
const multiplyAddsOf: LayerTable<[channels: number], number> = {
  input: none,
  convolution: ({ shape, kernel, filters, groups, connections }, channels) => {
    const [height, width] = shape as [number, number];
    if (connections) return height * width * kernel[0] * kernel[1] * connectionCount(connections);
    return convolutionMultiplyAdds({ height, width }, { kernel, channels, filters, groups });
  },
  depthwise: ({ shape, kernel }, channels) => {
    const [height, width] = shape as [number, number];
    const sizes = { kernel, channels, filters: channels, groups: channels };
    return convolutionMultiplyAdds({ height, width }, sizes);
  },
  subsample: ({ shape }) => sizeOf(shape),
  maxPool: none,
  averagePool: none,
  globalAverage: none,
  globalMaximum: none,
  generalisedMean: none,
  flatten: none,
  dense: ({ units }, inputs) => denseMultiplyAdds({ inputs, units }),
  radialBasis: ({ prototypes }, inputs) => denseMultiplyAdds({ inputs, units: prototypes.length }),
  dropout: none,
  batchNorm: none,
  localResponseNorm: none,
  rootMeanSquareNorm: none,
  activation: none,
  add: none,
  resize: ({ shape, from }) => {
    const [height, width, channels] = shape as [number, number, number];
    return channels * height * from[1] * (from[0] + width);
  },
  concatenate: none,
};
