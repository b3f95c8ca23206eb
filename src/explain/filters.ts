import type { Weights } from '../formats/tensors.js';
import { inputOf, type Network } from '../models/network.js';

/** A small picture. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  /** Row by row, three bytes a pixel. */
  readonly rgb: Uint8Array;
}

/**
 * The filters of the first convolution as pictures: the weight of each colour at each place, grey where it is 0, each
 * filter on a scale of its own, up to its largest weight. One of a single channel is grey all over.
 */
export function firstFilters(
  network: Network,
  weights: Weights,
): { readonly layer: string; readonly filters: readonly Picture[] } | undefined {
  const layer = network.layers.find((one) => one.type === 'convolution');
  const colours = inputOf(network).shape[2]!;
  if (!layer || layer.groups !== 1 || layer.connections) return undefined;
  const { shape, data } = weights.get(`${layer.name}/kernel`)!;
  const [height, width, channels, count] = shape as [number, number, number, number];
  if (channels !== colours || (colours !== 3 && colours !== 1)) return undefined;
  const filters = Array.from({ length: count }, (_, filter): Picture => {
    const at = (place: number, channel: number) => data[(place * channels + channel) * count + filter]!;
    let largest = 1e-30;
    for (let place = 0; place < height * width; place++) {
      for (let c = 0; c < channels; c++) largest = Math.max(largest, Math.abs(at(place, c)));
    }
    const rgb = Uint8Array.from({ length: 3 * height * width }, (__, i) =>
      Math.round(127.5 + (127.5 * at(Math.floor(i / 3), channels === 1 ? 0 : i % 3)) / largest),
    );
    return { height, width, rgb };
  });
  return { layer: layer.name, filters };
}
