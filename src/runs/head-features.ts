import type { Network } from '../models/network.js';

/**
 * The layer that the head of a run reads: what comes before the head's first layer, 'normalise'. Undefined for networks
 * that end in another way.
 *
 * @param network of a run's classifier, or of its logits.
 */
export function headInput(network: Network): string | undefined {
  const first = network.layers.findLast(({ type }) => type === 'rootMeanSquareNorm');
  return first?.inputs[0];
}
