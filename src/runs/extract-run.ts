import { withoutBrokenPictures } from '../data/divide.js';
import type { Fingerprint } from '../data/fingerprint.js';
import { plainWarning } from '../data/odd-pictures.js';
import { counted, type SkippedFile } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import { extractFrozen, extractPixels, type FrozenFeatures } from '../features/frozen-features.js';
import { findNearDuplicates, lookAt } from '../features/near-duplicates.js';
import type { StoredFeatures } from '../features/stored-features.js';
import type { Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import type { Prepared } from './prepare-run.js';

/** What the frozen part made of the pictures, and what was seen of them on the way. */
export interface Extracted {
  readonly features: FrozenFeatures;
  /** The pictures at 32×32, squashed. */
  readonly pixels: StoredFeatures;
  /** The split without pictures that could not be decoded. */
  readonly split: Split;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** By digest. */
  readonly fingerprints: ReadonlyMap<string, Fingerprint>;
  /** Held-out pictures that look like one that trains or chooses. */
  readonly nearDuplicates: readonly { readonly trained: string; readonly heldOut: string }[];
}

/** Sends the pictures through the frozen part and looks for copies across the split. */
export async function extractRun(
  { options, folder, split: planned, frozen }: Prepared,
  checkpointFolder: string,
  keep: Keep,
  hooks: Hooks,
): Promise<Extracted> {
  const features = keep(await extractFrozen(frozen, planned, options, checkpointFolder, hooks));
  const skipped = [...folder.skipped, ...features.broken];
  tellSkipped(skipped, options.strict, hooks);
  const split = withoutBrokenPictures(planned, features.broken, folder.labels);
  const pixels = keep(await extractPixels(split, 'squash', options, hooks));
  const looks = lookAt(pixels.store, split);
  const used = [...split.train, ...split.validation, ...split.test];
  const plain = plainWarning(
    used.filter(({ digest }) => looks.plain.has(digest)).map((picture) => picture.path),
    used.length,
  );
  for (const message of plain) hooks.onProgress?.({ kind: 'warning', message });
  return {
    features,
    pixels,
    split,
    skipped,
    warnings: [...folder.warnings, ...split.warnings, ...plain],
    fingerprints: looks.fingerprints,
    nearDuplicates: findNearDuplicates(looks, split),
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
