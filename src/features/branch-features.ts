import path from 'node:path';
import { mirrorView } from '../data/resize.js';
import type { Split } from '../data/split.js';
import { branchLayer } from '../models/side-by-side.js';
import type { Keep } from '../runtime/closing.js';
import type { Hooks } from '../runtime/progress.js';
import type { FeatureRows } from './feature-store.js';
import {
  batchSizeOf,
  extractFrozen,
  type ExtractionOptions,
  featuresThrough,
  type FrozenFeatures,
  frozenFeatureKey,
} from './frozen-features.js';
import type { BranchSettings } from './compile-in.js';
import { type FrozenPart, openPrefix, type PrefixSettings } from './frozen-extractor.js';
import type { StoredFeatures } from './stored-features.js';
import { joinRows } from './joined-rows.js';

/** One of several frozen networks that read the same pictures. */
export interface NamedPart extends FrozenPart {
  readonly name: string;
}

/** What one frozen network, or several, make of every picture. */
export interface BranchFeatures extends FrozenFeatures {
  /** The same of the pictures' mirror images, where it was asked for. */
  readonly mirrored?: FeatureRows;
}

/**
 * Sends the pictures through each of the frozen networks in turn, each in the precision that is best for it, or finds
 * what it made of them in the cache.
 *
 * @param mirrored whether the pictures' mirror images are sent through them too.
 */
export async function extractBranches(
  branches: readonly NamedPart[],
  split: Split,
  options: ExtractionOptions & { readonly mirrored: boolean },
  checkpointFolder: string,
  keep: Keep,
  hooks: Hooks,
): Promise<BranchFeatures> {
  const all: FrozenFeatures[] = [];
  const mirrors: StoredFeatures[] = [];
  for (const branch of branches) {
    const several = branches.length > 1;
    if (several) hooks.onProgress?.({ kind: 'note', message: `Features of ${branch.name}` });
    const folder = several ? path.join(checkpointFolder, branch.name) : checkpointFolder;
    const features = keep(await extractFrozen(branch, split, options, folder, hooks));
    all.push(features);
    if (!options.mirrored) continue;
    mirrors.push(keep(await mirrorFeatures(branch, features, split, options, hooks)));
  }
  const mirrored = options.mirrored && { mirrored: sideBySideRows(mirrors.map(({ store }) => store)) };
  const [first, ...others] = all;
  if (others.length === 0) return { ...first!, ...mirrored, close: () => closeAll([first!, ...mirrors]) };
  const sum = (of: (features: FrozenFeatures) => number) => all.reduce((total, one) => total + of(one), 0);
  const settings = Object.fromEntries(
    all.map(({ settings }, i) => [branches[i]!.name, renamed(branches[i]!.name, settings)] as const),
  );
  return {
    store: sideBySideRows(all.map(({ store }) => store)),
    broken: [...new Map(all.flatMap(({ broken }) => broken).map((one) => [one.path, one])).values()],
    computed: Math.max(...all.map(({ computed }) => computed)),
    shared: Math.min(...all.map(({ shared }) => shared)),
    decode: first!.decode,
    decodeMsPerImage: sum(({ decodeMsPerImage }) => decodeMsPerImage),
    extractMsPerImage: sum(({ extractMsPerImage }) => extractMsPerImage),
    seconds: sum(({ seconds }) => seconds),
    settings: { precision: 'each', branches: settings },
    reason: all.map(({ reason }, i) => `${branches[i]!.name} ${reason}`).join(' '),
    ...mirrored,
    close: () => closeAll([...all, ...mirrors]),
  };
}

/** Features of the pictures' mirror images, computed as the pictures' own were. */
async function mirrorFeatures(
  branch: FrozenPart,
  { settings, decode }: FrozenFeatures,
  { train, validation, test }: Split,
  options: ExtractionOptions,
  hooks: Hooks,
): Promise<StoredFeatures> {
  const prefix = openPrefix(branch, settings);
  try {
    const storing = {
      key: frozenFeatureKey(branch, settings, { ...decode, view: mirrorView }),
      batchSize: batchSizeOf(branch.network, options),
    };
    return await featuresThrough(prefix, storing, [...train, ...validation, ...test], options, hooks);
  } finally {
    prefix.dispose();
  }
}

function closeAll(features: readonly StoredFeatures[]): void {
  for (const { close } of features) close();
}

/** Ranges of layers by the names that layers have beside those of other branches. */
function renamed(branch: string, settings: PrefixSettings): BranchSettings {
  if (settings.precision === 'each') throw new Error(`${branch} is several networks itself`);
  if (settings.precision !== 'int8') return settings;
  const named = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([layer, value]) => [branchLayer(branch, layer), value]));
  const { ranges, lowest, ...others } = settings.calibration;
  const calibration = { ranges: named(ranges), ...others, ...(lowest && { lowest: named(lowest) }) };
  return { precision: 'int8', calibration };
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
