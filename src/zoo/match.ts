import type { Network, Shape } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { UserError } from '../runtime/errors.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

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
 * classifier serves a base without one, and does not stay in memory for it.
 *
 * @param origin what the message calls the place they come from.
 * @throws UserError that lists what does not match on both sides: the first of each kind, and how many there are.
 */
export function matchWeights(network: Network, found: Weights, origin: string): Map<string, NamedTensor> {
  const difference = compareWeights(network, found);
  const needed = networkWeights(network);
  if (difference.missing.length + difference.misshapen.length > 0) {
    throw new UserError(
      `Expected the ${needed.length} tensors of ${network.name} in ${origin} but ${describe(difference, needed)}. ` +
        `Give a file with the weights of ${network.name}.`,
    );
  }
  return withoutRest(new Map(needed.map(({ name }) => [name, found.get(name)!])));
}

/** Copies tensors that lie in memory of which they are less than half, as in a file with a classifier: it is kept for them. */
function withoutRest(weights: Map<string, NamedTensor>): Map<string, NamedTensor> {
  const used = new Map<ArrayBufferLike, number>();
  for (const { data } of weights.values()) {
    used.set(data.buffer, (used.get(data.buffer) ?? 0) + data.byteLength);
  }
  for (const [name, { shape, data }] of weights) {
    if (used.get(data.buffer)! < data.buffer.byteLength / 2) weights.set(name, { shape, data: data.slice() });
  }
  return weights;
}

function describe(
  { missing, misshapen, surplus }: Difference,
  needed: readonly { readonly name: string; readonly shape: Shape }[],
): string {
  const shapes = new Map(needed.map(({ name, shape }) => [name, `[${shape.join(', ')}]`]));
  const parts = [
    list(
      'missing',
      missing.map((name) => `${name} ${shapes.get(name)}`),
    ),
    list(
      'of another shape',
      misshapen.map(({ name, needed, found }) => `${name} ${found} instead of ${needed}`),
    ),
    list('in the file and not needed', surplus),
  ];
  return parts.filter(Boolean).join('; ');
}

const mostListed = 3;

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : '';
  return `${names.length} ${names.length === 1 ? 'is' : 'are'} ${what} (${names.slice(0, mostListed).join(', ')}${more})`;
}
