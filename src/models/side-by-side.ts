import type { WeightedNetwork } from './compose.js';
import { inputOf, type Layer, type Network, networkUpTo, outputOf } from './network.js';
import { NetworkBuilder } from './network-builder.js';
import { featuresLayer } from './pooled-features.js';

/** A network under a name that tells its layers from those of the networks beside it. */
export interface Branch extends WeightedNetwork {
  readonly name: string;
}

/** What a layer of a branch is called among the layers of all. */
export function branchLayer(branch: string, layer: string): string {
  return `${branch}/${layer}`;
}

/** Whether a layer is called so, in a network or in one of several side by side. */
export function isLayer(name: string, own: string): boolean {
  return name === own || name.endsWith(`/${own}`);
}

/**
 * Several networks that read the same picture and end in a picture's features (see `withPooledFeatures`), as one: their
 * layers side by side, each called after its branch, and on top all their features one after the other.
 */
export function sideBySide(branches: readonly Branch[]): WeightedNetwork {
  const [first] = branches;
  const input = inputOf(first!.network);
  const layers: Layer[] = [input];
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const vectors: string[] = [];
  for (const branch of branches) {
    const renamed = (name: string) =>
      name === inputOf(branch.network).name ? input.name : branchLayer(branch.name, name);
    const last = outputOf(branch.network);
    const joins = last.name === featuresLayer;
    for (const layer of branch.network.layers.slice(1)) {
      if (joins && layer === last) continue;
      layers.push({ ...layer, name: renamed(layer.name), inputs: layer.inputs.map(renamed) });
    }
    vectors.push(...(joins ? last.inputs : [last.name]).map(renamed));
    for (const [name, tensor] of branch.weights) weights.set(branchLayer(branch.name, name), tensor);
  }
  const net = NetworkBuilder.on({ name: branches.map(({ network }) => network.name).join(' + '), layers });
  net.concatenate(vectors, featuresLayer);
  return { network: net.build(), weights };
}

/**
 * The networks that lie side by side in one, in the order in which the last layer joins what they put out; each puts out
 * its share of it. A network that lies within one of the branches altogether is that one alone.
 *
 * @param names of branches.
 */
export function branchesOf(network: Network, names: readonly string[]): { name: string; network: Network }[] {
  const branchOf = ({ name: layer }: Pick<Layer, 'name'>) =>
    names.find((name) => layer.startsWith(`${name}/`));
  const last = outputOf(network);
  const own = branchOf(last);
  if (own !== undefined) return [{ name: own, network }];
  const groups = new Map<string, string[]>();
  for (const input of last.type === 'concatenate' ? last.inputs : []) {
    const branch = branchOf({ name: input });
    if (branch === undefined) throw new Error(`'${input}' belongs to none of ${names.join(', ')}`);
    groups.set(branch, [...(groups.get(branch) ?? []), input]);
  }
  if (groups.size === 0) throw new Error(`'${last.name}' joins no branches`);
  return [...groups].map(([name, inputs]) => ({ name, network: joinedUpTo(network, name, inputs) }));
}

function joinedUpTo(network: Network, branch: string, inputs: readonly string[]): Network {
  if (inputs.length === 1) return networkUpTo(network, inputs[0]!);
  const needed = new Set(
    inputs.flatMap((input) => networkUpTo(network, input).layers.map(({ name }) => name)),
  );
  const net = NetworkBuilder.on({
    name: network.name,
    layers: network.layers.filter(({ name }) => needed.has(name)),
  });
  net.concatenate(inputs, branchLayer(branch, featuresLayer));
  return net.build();
}
