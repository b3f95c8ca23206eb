import { type BranchSettings, compileIn } from './compile-in.js';
import type { Prefix } from './prefix.js';
import type { WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import type { Preprocessing } from '../models/preprocessing.js';
import { branchesOf } from '../models/side-by-side.js';
import { joinRows } from './joined-rows.js';
import type { FrozenKey } from './feature-key.js';
import type { Extractor } from './extract.js';

/** How a frozen part computes; kept with the classifier, so that it predicts with what it was trained on. */
export type PrefixSettings =
  | BranchSettings
  | { readonly precision: 'each'; readonly branches: Readonly<Record<string, BranchSettings>> };

/** `int8`; of several networks each precision once: `int8, float32`. */
export function precisionText(settings: PrefixSettings): string {
  if (settings.precision !== 'each') return settings.precision;
  return [...new Set(Object.values(settings.branches).map(({ precision }) => precision))].join(', ');
}

/** A frozen part, with what identifies it. */
export interface FrozenPart extends WeightedNetwork {
  /** Of the weights, whatever file they came from. */
  readonly digest: string;
  readonly preprocessing: Preprocessing;
}

/** What a frozen part's activations depend on. */
export function frozenKey({ network, digest, preprocessing }: FrozenPart): FrozenKey {
  return { layers: network.layers, weights: digest, preprocessing };
}

/**
 * A frozen part as one compiled TensorFlow graph on pixels. Unless it is `compiled` already, it is when it first has
 * something to compute: a run that finds all its features in the cache never does. Of several networks side by side
 * each is a graph of its own, in its own precision; they take turns, so that only one works in memory at a time.
 */
export function openPrefix(
  frozen: WeightedNetwork,
  settings: PrefixSettings,
  compiled?: Prefix,
): Extractor & { dispose(): void } {
  if (settings.precision === 'each') return openBranches(frozen, settings.branches);
  let prefix = compiled;
  return {
    shape: outputOf(frozen.network).shape,
    run(pixels, count) {
      prefix ??= compileIn(frozen, settings);
      return prefix.run(pixels, count);
    },
    dispose: () => prefix?.dispose(),
  };
}

function openBranches(
  { network, weights }: WeightedNetwork,
  settings: Readonly<Record<string, BranchSettings>>,
): Extractor & { dispose(): void } {
  const { shape } = outputOf(network);
  const opened = branchesOf(network, Object.keys(settings)).map(({ name, network }) =>
    openPrefix({ network, weights }, settings[name]!),
  );
  if (opened.length === 1) return opened[0]!;
  return {
    shape,
    run: (pixels, count) =>
      joinRows(
        opened.map((branch) => branch.run(pixels, count)),
        count,
      ),
    dispose: () => {
      for (const branch of opened) branch.dispose();
    },
  };
}
