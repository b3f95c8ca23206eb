import { type Network, networkWeights } from '../models/network.js';
import { UserError } from '../runtime/errors.js';
import type { NamedTensor, Weights } from './tensors.js';

/** How the tensors found in a file and those a network needs differ; shapes as they are written in messages. */
export interface Difference {
  /** Needed and not found, in order of computation. */
  readonly missing: readonly string[];
  /** Found in another shape than the network's. */
  readonly misshapen: readonly { readonly name: string; readonly needed: string; readonly found: string }[];
  /** Found and not needed. */
  readonly surplus: readonly string[];
}

/** Compares what was found with what the network needs, by name and shape. */
export function compareWeights(network: Network, found: Weights): Difference {
  const needed = networkWeights(network);
  const names = new Set(needed.map(({ name }) => name));
  return {
    missing: [...names].filter((name) => !found.has(name)),
    misshapen: needed.flatMap(({ name, shape }) => {
      const tensor = found.get(name);
      if (!tensor || String(tensor.shape) === String(shape)) return [];
      return [{ name, needed: `[${shape.join(', ')}]`, found: `[${tensor.shape.join(', ')}]` }];
    }),
    surplus: [...found.keys()].filter((name) => !names.has(name)),
  };
}

/**
 * Exactly the tensors that the network needs, in order of computation. Surplus ones are left out: a file with a
 * classifier serves a base without one.
 *
 * @param origin what the message calls the place they come from.
 * @throws UserError that names the first tensor that is missing or of another shape, and counts the rest.
 */
export function matchWeights(network: Network, found: Weights, origin: string): Map<string, NamedTensor> {
  const { missing, misshapen, surplus } = compareWeights(network, found);
  const needed = networkWeights(network);
  const absent = new Set(missing);
  const wrong = new Map(misshapen.map((tensor) => [tensor.name, tensor]));
  const first = needed.find(({ name }) => absent.has(name) || wrong.has(name));
  if (first) {
    const found = wrong.get(first.name);
    throw new UserError(
      `Expected '${first.name}' of shape [${first.shape.join(', ')}] for ${network.name} in ${origin} but ` +
        `${found ? `its shape is ${found.found}` : 'there is none'}; of ${needed.length} tensors needed, ` +
        `${missing.length} missing, ${misshapen.length} of another shape; ${surplus.length} surplus` +
        `${surplus.length > 0 ? ` (the first: '${surplus[0]}')` : ''}. ` +
        `Give a file with the weights of ${network.name}.`,
    );
  }
  return new Map(needed.map(({ name }) => [name, found.get(name)!]));
}
