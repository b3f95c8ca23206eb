import path from 'node:path';
import type { Split } from '../data/split.js';
import { branchLayer } from '../models/side-by-side.js';
import type { Keep } from '../runtime/closing.js';
import type { Hooks } from '../runtime/progress.js';
import type { FeatureRows } from './feature-store.js';
import { extractFrozen, type ExtractionOptions, type FrozenFeatures } from './frozen-features.js';
import type { BranchSettings, FrozenPart, PrefixSettings } from './frozen-extractor.js';
import { joinRows } from './joined-rows.js';

/** One of several frozen networks that read the same pictures. */
export interface NamedPart extends FrozenPart {
  readonly name: string;
}

/**
 * Sends the pictures through each of several frozen networks in turn, each in the precision that is best for it, or finds
 * what it made of them in the cache.
 */
export async function extractBranches(
  branches: readonly NamedPart[],
  split: Split,
  options: ExtractionOptions,
  checkpointFolder: string,
  keep: Keep,
  hooks: Hooks,
): Promise<FrozenFeatures> {
  const all: FrozenFeatures[] = [];
  for (const branch of branches) {
    hooks.onProgress?.({ kind: 'note', message: `Features of ${branch.name}` });
    const folder = path.join(checkpointFolder, branch.name);
    all.push(keep(await extractFrozen(branch, split, options, folder, hooks)));
  }
  const [first] = all;
  const sum = (of: (features: FrozenFeatures) => number) => all.reduce((total, one) => total + of(one), 0);
  const settings = Object.fromEntries(
    all.map(({ settings }, i) => [branches[i]!.name, renamed(branches[i]!.name, settings)] as const),
  );
  return {
    store: sideBySideRows(all.map(({ store }) => store)),
    broken: [...new Map(all.flatMap(({ broken }) => broken).map((one) => [one.path, one])).values()],
    computed: Math.max(...all.map(({ computed }) => computed)),
    decode: first!.decode,
    decodeMsPerImage: sum(({ decodeMsPerImage }) => decodeMsPerImage),
    extractMsPerImage: sum(({ extractMsPerImage }) => extractMsPerImage),
    seconds: sum(({ seconds }) => seconds),
    settings: { precision: 'each', branches: settings },
    reason: all.map(({ reason }, i) => `${branches[i]!.name} ${reason}`).join(' '),
    close: () => {
      for (const { close } of all) close();
    },
  };
}

/** Ranges by the names that layers have beside those of other branches. */
function renamed(branch: string, settings: PrefixSettings): BranchSettings {
  if (settings.precision === 'each') throw new Error(`${branch} is several networks itself`);
  if (settings.precision !== 'int8') return settings;
  const ranges = Object.entries(settings.calibration.ranges);
  const named = Object.fromEntries(ranges.map(([layer, range]) => [branchLayer(branch, layer), range]));
  return { precision: 'int8', calibration: { ranges: named } };
}

/** Rows of several stores as one: what each has of a picture, one after the other. */
export function sideBySideRows(stores: readonly FeatureRows[]): FeatureRows {
  return {
    shape: [stores.reduce((sum, { shape }) => sum + shape[0]!, 0)],
    has: (name) => stores.every((store) => store.has(name)),
    read: (names) =>
      joinRows(
        stores.map((store) => store.read(names)),
        names.length,
      ),
  };
}
