import { expect } from 'vitest';
import { calibrate } from '../../src/features/calibrate.js';
import { compileInt8Prefix } from '../../src/features/int8-prefix.js';
import { foldForInt8 } from '../../src/features/int8-weights.js';
import { tiledInt8 } from '../../src/features/tiled-int8.js';
import { withPreprocessing } from '../../src/models/compose.js';
import type { Network } from '../../src/models/network.js';
import { NetworkBuilder } from '../../src/models/network-builder.js';
import { modelSpec } from '../../src/models/registry.js';
import { pixelsFor, weightsFor } from './networks.js';

/** Builds a network on pictures of that size that the tests of tiled layers compute in both ways. */
export function small(height: number, width: number, build: (net: NetworkBuilder) => void): Network {
  const net = new NetworkBuilder('small', [height, width, 3]);
  build(net);
  return net.build();
}

/**
 * Computes a network with TensorFlow's operations and with ours, and expects the same bits of both.
 *
 * @param counts how many pictures at once.
 * @returns how many of its layers ours computed.
 */
export function expectSameBits(network: Network, counts: readonly number[]): number {
  const weighted = withPreprocessing(
    { network, weights: weightsFor(network) },
    modelSpec('vgg16').preprocessing,
  );
  const calibration = calibrate(weighted, [pixelsFor(network, 2)]);
  const [ours, theirs] = [true, false].map((tiled) => compileInt8Prefix(weighted, calibration, { tiled }));
  for (const count of counts) {
    const { pixels } = pixelsFor(network, count, 3 + count);
    const expected = theirs!.run(pixels, count);
    expect(expected.some((value) => value > 0)).toBe(true);
    expect(ours!.run(pixels, count)).toEqual(expected);
    expect(ours!.run(pixels, count)).toEqual(expected); // once more, in memory that was used
  }
  ours!.dispose();
  theirs!.dispose();
  return tiledInt8(foldForInt8(weighted, calibration), calibration)?.layers.length ?? 0;
}
