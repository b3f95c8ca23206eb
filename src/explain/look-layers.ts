import type { Layer, Network } from '../models/network.js';
import { layerToExplain } from './map-layer.js';

/** VGG's, as lectures show them. */
const shown = ['block1_conv1', 'block3_conv2', 'block5_conv3'];

/**
 * The layers whose maps are shown: those named, else VGG-16's conv1_1, conv3_2 and conv5_3, and of other networks the
 * first, the middle and the last that end in an activation.
 *
 * @throws UserError when there is no such layer, or it has no places.
 */
export function layersToShow(network: Network, named: readonly string[] = []): string[] {
  if (named.length > 0) return [...new Set(named.map((name) => layerToExplain(network, name)))];
  const layers = network.layers.filter(isActive).map(({ name }) => name);
  if (shown.every((name) => layers.includes(name))) return shown;
  if (layers.length === 0) return [layerToExplain(network)];
  const picked = [0, Math.floor((layers.length - 1) / 2), layers.length - 1];
  return [...new Set(picked.map((i) => layers[i]!))];
}

function isActive(layer: Layer): boolean {
  const { shape } = layer;
  const active = 'activation' in layer && layer.activation !== undefined && layer.activation !== 'softmax';
  return active && shape.length === 3 && shape[0]! * shape[1]! > 1;
}
