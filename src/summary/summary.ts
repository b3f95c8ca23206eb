import type { Block } from '../models/cut-points.js';
import { layersUpTo, type Network } from '../models/network.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { type CountableLayer, countableLayers } from './countable-layer.js';
import { layersCosts, type NetworkCosts } from './network-costs.js';
import { layersMemory, type NetworkMemory, type OptimiserName } from './network-memory.js';

export interface SummaryOptions {
  /** A layer or a block (`block4`): it and all that it needs are frozen. Default: nothing is. */
  readonly freeze?: string;
  /** Pictures at a time, for the memory. Default 1. */
  readonly batch?: number;
  /** Default adam. */
  readonly optimiser?: OptimiserName;
}

/** `Unknown` is null for layers from a file, of which not all need be known. */
export interface Summary<Unknown = never> extends NetworkCosts<Unknown> {
  readonly memory: NetworkMemory<Unknown>;
  /** Of a file: how many numbers it holds. Layers that share weights, or weights without a layer, make a difference. */
  readonly stored?: number;
  /** Of a base of the zoo: its blocks, from any of which on it can be trained. */
  readonly blocks?: readonly Block[];
}

/** Layers of any origin, and what is already known to be frozen of them. */
export interface CountableNetwork {
  readonly name: string;
  readonly layers: readonly CountableLayer[];
  readonly frozen: ReadonlySet<string>;
}

/** Everything that `finetune summary` shows of a network. */
export function summarise(network: Network, options: SummaryOptions = {}): Summary {
  const whole = { name: network.name, layers: countableLayers(network), frozen: new Set<string>() };
  // Of a network built here everything is known.
  return summariseLayers(whole, options) as Summary;
}

/** The same for layers of any origin. `freeze` adds to what is frozen. */
export function summariseLayers(network: CountableNetwork, options: SummaryOptions = {}): Summary<null> {
  const { freeze, ...rest } = options;
  const added = freeze === undefined ? [] : layersFrozenUpTo(network, freeze);
  const frozen = new Set([...network.frozen, ...added]);
  return {
    ...layersCosts(network.name, network.layers, frozen),
    memory: layersMemory(network.layers, { frozen, ...rest }),
  };
}

/**
 * The layers that stay as they are when a network is frozen up to and including `name`: a layer, or a block whose
 * layers are called `name_…` or `name/…` (its last layer counts).
 *
 * @throws UserError when there is no such layer or block.
 */
function layersFrozenUpTo(
  network: { readonly name: string; readonly layers: readonly { name: string; inputs: readonly string[] }[] },
  name: string,
): ReadonlySet<string> {
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
  return layersUpTo(network.layers, last);
}
