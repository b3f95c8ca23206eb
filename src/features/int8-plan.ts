/** Which layers of a network can run in eight-bit integers. */
import type { BatchNormLayer, Network } from '../models/network.js';
import { isPadded } from '../models/same-padding.js';
import { isNonNegative, isWhole, pixelScaling } from './int8-layers.js';
import { summingConvolution } from './int8-sums.js';
import type { LargestWeight } from './quantise.js';

/** What an int8 graph does with a network's layers, by name. */
export interface Int8Plan {
  /** Convolutions, depthwise ones, max pools and sums that run in integers. */
  readonly integer: ReadonlySet<string>;
  /** Of these convolutions those that read pixels, by name, and the normalisation of the pixels before them. */
  readonly pixels: ReadonlyMap<string, BatchNormLayer>;
  /** For each sum in integers the convolution that adds to its own result what the sum's other input holds. */
  readonly sums: ReadonlyMap<string, string>;
  /** Layers whose outputs are quantised, so that their ranges must be known. */
  readonly ranged: readonly string[];
  /** Of these, those whose outputs may be below 0. */
  readonly signed: ReadonlySet<string>;
  readonly largestWeight: LargestWeight;
}

/** What a calibration says of the layers that it was made for; those of older versions knew of fewer. */
export interface CalibratedFor {
  /** Whether convolutions on pixels run in integers; absent from what older versions calibrated, where they did not. */
  readonly pixels?: true;
  /**
   * For each quantised layer with outputs below 0, the least one that eight bits shall hold. Absent from what older
   * versions calibrated, where only convolutions with ReLU ran in integers, and max pools.
   */
  readonly lowest?: Readonly<Record<string, number>>;
  /** Absent where eight bits of weights are used in full. */
  readonly largestWeight?: 64;
}

/**
 * Convolutions run in integers that read pixels, maps without values below 0, or maps that are in integers already, where
 * no zeros are set around values of both signs; whole ones or of a filter a channel, with ReLU, ReLU6 or no activation.
 * So do max pools without padding that read their outputs, and sums that such a convolution can make.
 *
 * @param calibration plans for what it was made for, and else for all of that. The range of a layer proves nothing, the
 *   next one may have needed it.
 */
export function planInt8(network: Network, calibration: CalibratedFor = newest): Int8Plan {
  const integer = new Set<string>();
  const pixels = new Map<string, BatchNormLayer>();
  const sums = new Map<string, string>();
  const ranged = new Set<string>();
  const nonNegative = new Set<string>();
  const knowsSigns = calibration.lowest !== undefined;
  const types = new Map(network.layers.map(({ name, type }) => [name, type]));
  for (const layer of network.layers) {
    if (isNonNegative(layer, nonNegative)) nonNegative.add(layer.name);
    const input = layer.inputs[0];
    if (input === undefined) continue;
    if (isWhole(layer) || (knowsSigns && layer.type === 'depthwise')) {
      if (!(knowsSigns ? clamped : older).includes(layer.activation)) continue;
      const scaling = calibration.pixels && isWhole(layer) ? pixelScaling(network, input) : undefined;
      const readsSigned =
        knowsSigns && !isPadded(layer.padding) && (integer.has(input) || types.get(input) === 'add');
      if (!scaling && !nonNegative.has(input) && !readsSigned) continue;
      integer.add(layer.name);
      ranged.add(layer.name);
      if (scaling) pixels.set(layer.name, scaling);
      else if (!integer.has(input)) ranged.add(input);
    }
    if (layer.type === 'maxPool' && integer.has(input) && !isPadded(layer.padding)) integer.add(layer.name);
    if (layer.type === 'add' && knowsSigns) {
      const convolution = summingConvolution(network, layer, integer);
      if (convolution === undefined || pixels.has(convolution)) continue;
      integer.add(layer.name);
      sums.set(layer.name, convolution);
      ranged.delete(convolution);
      ranged.add(layer.name);
    }
  }
  if (integer.size <= pixels.size) return nothing;
  const signed = new Set([...ranged].filter((name) => !nonNegative.has(name)));
  const { largestWeight = 127 } = calibration;
  return { integer, pixels, sums, ranged: [...ranged], signed, largestWeight };
}

const newest: CalibratedFor = { pixels: true, lowest: {} };
const nothing: Int8Plan = {
  integer: new Set(),
  pixels: new Map(),
  sums: new Map(),
  ranged: [],
  signed: new Set(),
  largestWeight: 127,
};

/** Activations that cutting off at eight bits' ends does for nothing. */
const clamped: readonly unknown[] = [undefined, 'relu', 'relu6'];
const older: readonly unknown[] = ['relu'];
