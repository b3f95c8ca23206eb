import type { PixelBatch } from '../../src/features/prefix.js';
import { type NamedTensor, sizeOf, type Weights } from '../../src/formats/tensors.js';
import type { Network } from '../../src/models/network.js';
import { networkWeights } from '../../src/models/network-weights.js';
import { Random } from '../../src/runtime/random.js';

/** Weights that keep activations of the same size from layer to layer (He et al. 2015). */
export function weightsFor(network: Network): Weights {
  const random = new Random(1);
  const value = (name: string, inputs: number) => {
    if (name.endsWith('/kernel')) return random.normal() * Math.sqrt(2 / inputs);
    return name.endsWith('/variance') || name.endsWith('/gamma')
      ? random.between(0.5, 1.5)
      : 0.1 * random.normal();
  };
  return new Map(
    networkWeights(network).map(({ name, shape }): [string, NamedTensor] => {
      const inputs = sizeOf(shape) / shape.at(-1)!;
      return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => value(name, inputs)) }];
    }),
  );
}

/** Pictures of random pixels. */
export function pixelsFor(network: Network, count: number, seed = 2): PixelBatch {
  const random = new Random(seed);
  const pixels = new Uint8Array(count * sizeOf(network.layers[0]!.shape));
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.below(256);
  return { pixels, count };
}
