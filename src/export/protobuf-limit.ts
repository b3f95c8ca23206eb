import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { UserError } from '../runtime/errors.js';

/** Programs read protocol buffers of up to 2 GB; what is not weights takes far less than a hundredth of it. */
const mostBytes = 0.99 * 2 ** 31;

/** @throws UserError when a network's weights are more than one file of protocol buffers may hold. */
export function expectFitsProtobuf(network: Network, kind: string): void {
  const bytes = 4 * parameterCount(network);
  if (bytes <= mostBytes) return;
  throw new UserError(
    `Expected weights of at most 2 GB, which is what ${kind} can hold, but those of ${network.name} take ${(bytes / 1e9).toFixed(1)} GB. Export as tfjs.`,
  );
}
