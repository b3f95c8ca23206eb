import {
  type BatchNormLayer,
  type DenseLayer,
  type Layer,
  layerNamed,
  type Network,
  outputOf,
} from '../models/network.js';

/**
 * A linear head on averaged features, as a network ends: a map, the means of its channels, perhaps divided by their
 * root mean square, perhaps standardised, then one dense layer to the logits (none: the means are the logits).
 */
export interface AveragedHead {
  /** The layer whose channels are averaged; its shape is [height, width, channels]. */
  readonly map: Layer;
  /** Whether each picture's means are divided by their root mean square. */
  readonly normalised: boolean;
  readonly standardise?: BatchNormLayer;
  readonly dense?: DenseLayer;
}

/**
 * Finds that ending by going up from the logits; undefined when the network ends in another way.
 *
 * @param network puts out logits.
 */
export function averagedHead(network: Network): AveragedHead | undefined {
  const above = (layer: Layer) => layerNamed(network, layer.inputs[0]!);
  const skipDropout = (layer: Layer): Layer => (layer.type === 'dropout' ? skipDropout(above(layer)) : layer);
  let layer = skipDropout(outputOf(network));
  let dense: DenseLayer | undefined;
  let standardise: BatchNormLayer | undefined;
  if (layer.type === 'dense' && !layer.activation) {
    dense = layer;
    layer = skipDropout(above(layer));
  }
  if (layer.type === 'batchNorm' && !layer.activation) {
    standardise = layer;
    layer = skipDropout(above(layer));
  }
  const normalised = layer.type === 'rootMeanSquareNorm';
  if (normalised) layer = skipDropout(above(layer));
  // Caffe's networks average with a pool as large as the map, and flatten what has one place.
  if (layer.type === 'flatten') layer = skipDropout(above(layer));
  if (!isMean(layer, above)) return undefined;
  return { map: above(layer), normalised, ...(standardise && { standardise }), ...(dense && { dense }) };
}

/** Whether a layer puts out the mean of each channel of what it reads. */
function isMean(layer: Layer, above: (layer: Layer) => Layer): boolean {
  if (layer.type === 'globalAverage') return true;
  if (layer.type !== 'averagePool') return false;
  const { top, bottom, left, right } = layer.padding;
  return top + bottom + left + right === 0 && String(layer.kernel) === String(above(layer).shape.slice(0, 2));
}
