import { withoutBrokenPictures } from '../data/divide.js';
import type { CopyPair } from '../data/copies/copy-groups.js';
import type { Fingerprint } from '../data/fingerprint.js';
import { plainWarning } from '../data/odd-pictures.js';
import { counted, type SkippedFile } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import { type BranchFeatures, extractBranches } from '../features/branch-features.js';
import { augmentationOf } from '../data/augmentation/kinds.js';
import { extractViews } from '../features/augmented-features.js';
import { extractPixels } from '../features/frozen-features.js';
import { findCopies } from '../features/find-copies.js';
import { lookAt } from '../features/looks.js';
import type { StoredFeatures } from '../features/stored-features.js';
import type { Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { type CopiesInRun, copiesInRun } from './copies-in-run.js';
import type { Prepared } from './prepare-run.js';
import { isOnlyPreprocessing, nothingFrozen, readWhole, type WholePictures } from './whole-pictures.js';

/** What the frozen part made of the pictures, and what was seen of them on the way. */
export interface Extracted {
  readonly features: BranchFeatures;
  /** The same of other looks of the training and validation pictures. */
  readonly views: readonly StoredFeatures[];
  /** The pictures themselves, where nothing of the network is frozen; `features` are then `pixels`. */
  readonly whole?: WholePictures;
  /** The pictures at 32×32, squashed. */
  readonly pixels: StoredFeatures;
  /** The split without pictures that could not be decoded and, with --dedupe, without copies. */
  readonly split: Split;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** By digest. */
  readonly fingerprints: ReadonlyMap<string, Fingerprint>;
  readonly copies: Pick<CopiesInRun, 'leaks' | 'dropped'> & { readonly pairs: readonly CopyPair[] };
}

/**
 * Sends the pictures through the frozen part and looks for copies: what they do to the split is said, or undone, here.
 *
 * @param found the copies among these pictures, where another base has found them: they are not said again.
 */
export async function extractRun(
  { options, folder, split: planned, frozen, base, plan }: Prepared,
  checkpointFolder: string,
  keep: Keep,
  hooks: Hooks,
  found?: readonly CopyPair[],
): Promise<Extracted> {
  const whole = isOnlyPreprocessing(frozen.network)
    ? await readWhole(base, planned, options, keep, hooks)
    : undefined;
  const extracted =
    whole ??
    keep(
      await extractBranches(
        base.branches.length > 1 ? base.branches : [{ ...frozen, name: options.base }],
        planned,
        { ...options, mirrored: plan.mirrored },
        checkpointFolder,
        keep,
        hooks,
      ),
    );
  const skipped = [...folder.skipped, ...extracted.broken];
  tellSkipped(skipped, options.strict, hooks);
  const usable = withoutBrokenPictures(planned, extracted.broken, folder.labels);
  const pixels = keep(await extractPixels(usable, 'squash', options, hooks));
  const features: BranchFeatures = whole
    ? { ...pixels, ...nothingFrozen(whole) }
    : (extracted as BranchFeatures);
  const looks = lookAt(pixels.store, usable);
  const used = [...usable.train, ...usable.validation, ...usable.test];
  const plain = plainWarning(
    used.filter(({ digest }) => looks.plain.has(digest)).map((picture) => picture.path),
    used.length,
  );
  // pixels are no features to find neighbours by: their averages say little more than how bright a picture is
  const known = { looks, facts: folder.facts, features: whole ? undefined : features.store };
  const pairs = found ?? (await findCopies(used, known, hooks, options));
  const { split, leaks, dropped, warnings } = copiesInRun(usable, pairs, {
    ...options,
    labels: folder.labels,
    facts: folder.facts,
  });
  for (const message of found ? [] : [...plain, ...warnings])
    hooks.onProgress?.({ kind: 'warning', message });
  const augmentation = augmentationOf(options.augment);
  const stored =
    whole || augmentation.alterations.length === 0
      ? []
      : await extractViews(
          { frozen, settings: features.settings, decode: features.decode },
          [...split.train, ...split.validation],
          { augmentation, count: options.views, seed: options.seed },
          options,
          hooks,
        );
  return {
    features,
    views: stored.map((view) => keep(view)),
    ...(whole && { whole }),
    pixels,
    split,
    skipped,
    warnings: [...folder.warnings, ...split.warnings, ...plain, ...warnings],
    fingerprints: looks.fingerprints,
    copies: { leaks, dropped, pairs },
  };
}

/** @throws UserError with --strict. */
function tellSkipped(skipped: readonly SkippedFile[], strict: boolean, { onProgress }: Hooks): void {
  if (skipped.length === 0) return;
  const list = skipped.map(({ path, reason }) => `${path}: ${reason}`);
  if (strict) {
    throw new UserError(
      `Expected only usable pictures (--strict) but found ${list.length} that are not: ${list.join('; ')}`,
    );
  }
  const shown = list
    .slice(0, 10)
    .map((line) => `\n  ${line}`)
    .join('');
  const more = list.length > 10 ? `\n  and ${list.length - 10} more, listed in the report` : '';
  onProgress?.({ kind: 'warning', message: `${counted(list.length, 'file')} skipped:${shown}${more}` });
}
