import { createHash } from 'node:crypto';
import { withResizedInput } from '../models/compose.js';
import { type Network } from '../models/network.js';
import type { FeaturePart } from '../models/pooled-features.js';
import { branchLayer, sideBySide } from '../models/side-by-side.js';
import { type ModelSpec, modelSpec } from '../models/registry.js';
import type { BegunWeights } from './begun-weights.js';
import { type Base, loadBase, preprocessingFor } from './base.js';
import type { Hooks } from '../runtime/progress.js';

/** A base beside others, under its name. */
export interface NamedBase extends Base {
  readonly name: string;
}

/** What a run is built on: one base, or several side by side, as one network. */
export interface Bases extends Omit<Base, 'spec'> {
  readonly branches: readonly NamedBase[];
}

/**
 * Loads the bases of a plan from the zoo; where there are several, each takes the picture at the size that is largest
 * among them.
 *
 * @param weights a file to take instead of the zoo's weights, of a single base.
 * @param begun the weights of a single base, where they are on their way.
 */
export async function loadBases(
  {
    branches,
    side,
  }: {
    readonly branches: readonly {
      readonly name: string;
      readonly spec: ModelSpec;
      readonly network: Network;
      readonly parts: readonly FeaturePart[];
    }[];
    readonly side: number;
  },
  { weights }: { readonly weights?: string | undefined },
  hooks: Hooks = {},
  begun?: BegunWeights,
): Promise<Bases> {
  const loaded: NamedBase[] = [];
  for (const { name, spec, network, parts } of branches) {
    const own = branches.length === 1 ? begun : undefined;
    const base = await loadBase({ base: spec.name, weights }, { network, parts }, hooks, own);
    loaded.push({ ...base, ...withResizedInput(base, side), name });
  }
  const [first, ...others] = loaded;
  if (others.length === 0) return { ...first!, branches: loaded };
  return joined(loaded);
}

/** Those of which a classifier reads some parts; cross-validation may have left others out. */
export function usedBranches({ branches }: Bases, parts: readonly FeaturePart[]): readonly NamedBase[] {
  if (branches.length === 1) return branches;
  return branches.filter(({ name }) => parts.some(({ layer }) => layer.startsWith(branchLayer(name, ''))));
}

/** Titles of bases side by side: a base at two sizes is named once. */
export function titleOf(branches: readonly NamedBase[]): string {
  return [...new Set(branches.map(({ title }) => title))].join(' + ');
}

function joined(branches: readonly NamedBase[]): Bases {
  const texts = (of: (base: NamedBase) => string) => [...new Set(branches.map(of))];
  const hash = createHash('sha256');
  for (const { name, digest } of branches) hash.update(`${name} ${digest}\n`);
  return {
    ...sideBySide(branches),
    title: titleOf(branches),
    digest: hash.digest('hex'),
    licence: texts(({ licence }) => licence).join('; '),
    // of each it is a layer of its own
    preprocessing: asTheyAre,
    branches,
  };
}

/** How the weights of a run's base, or bases, want their pictures; see `preprocessingFor`. */
export function publishedPreprocessing(names: readonly string[], digest: string): Base['preprocessing'] {
  return names.length === 1 ? preprocessingFor(modelSpec(names[0]!), digest) : asTheyAre;
}

/** Pixels that nothing is done to. */
const asTheyAre: Base['preprocessing'] = { channelOrder: 'RGB', mean: [0, 0, 0], scale: [1, 1, 1] };
