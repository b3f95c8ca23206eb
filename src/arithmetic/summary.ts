import { type Network, networkUpTo } from '../models/network.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { type NetworkCosts, networkCosts } from './network-costs.js';
import { type NetworkMemory, networkMemory, type OptimiserName } from './network-memory.js';

export interface SummaryOptions {
  /** A layer or a block (`block4`): it and all that it needs are frozen. Default: nothing is. */
  readonly freeze?: string;
  /** Pictures at a time, for the memory. Default 1. */
  readonly batch?: number;
  /** Default adam. */
  readonly optimiser?: OptimiserName;
}

export interface Summary extends NetworkCosts {
  readonly memory: NetworkMemory;
}

/** Everything that `finetune summary` shows of a network. */
export function summarise(network: Network, options: SummaryOptions = {}): Summary {
  const { freeze, ...rest } = options;
  const frozen = freeze === undefined ? new Set<string>() : layersFrozenUpTo(network, freeze);
  return { ...networkCosts(network, frozen), memory: networkMemory(network, { frozen, ...rest }) };
}

/**
 * The layers that stay as they are when a network is frozen up to and including `name`: a layer, or a block whose
 * layers are called `name_…` or `name/…` (its last layer counts).
 *
 * @throws UserError when there is no such layer or block.
 */
export function layersFrozenUpTo(network: Network, name: string): Set<string> {
  const names = network.layers.map((layer) => layer.name);
  const last = names.includes(name)
    ? name
    : names.findLast((layer) => layer.startsWith(`${name}_`) || layer.startsWith(`${name}/`));
  if (last === undefined) {
    throw new UserError(
      `Expected a layer or block of ${network.name} to freeze up to but received '${name}'.` +
        `${didYouMean(name, names) || ` 'finetune summary ${network.name}' lists the layers.`}`,
    );
  }
  return new Set(networkUpTo(network, last).layers.map((layer) => layer.name));
}
