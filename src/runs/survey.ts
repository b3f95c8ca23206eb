import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CopyPair } from '../data/copies/copy-groups.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import type { ScannedFolder } from '../data/scan.js';
import type { Split } from '../data/split.js';
import type { PictureOptions } from '../data/options.js';
import { findCopies } from '../features/find-copies.js';
import { extractFrozen, extractPixels } from '../features/frozen-features.js';
import { type Looks, lookAt } from '../features/looks.js';
import type { FeatureOptions } from '../features/options.js';
import type { StoredFeatures } from '../features/stored-features.js';
import type { Keep } from '../runtime/closing.js';
import type { Hooks } from '../runtime/progress.js';
import type { Base } from '../zoo/base.js';

/** What is known of the pictures of a folder, whatever they are to be used for. */
export interface Survey {
  /** Those that can be decoded, part by part. */
  readonly pictures: readonly Picture[];
  readonly broken: readonly SkippedFile[];
  /** What the base makes of each; absent without one. */
  readonly features?: StoredFeatures;
  /** 32 × 32 in colour. */
  readonly pixels: StoredFeatures;
  readonly looks: Looks;
  readonly copies: readonly CopyPair[];
}

/** Looks at every picture of a folder, with a base or without, and finds the copies among them. */
export async function survey(
  folder: ScannedFolder,
  base: Base | undefined,
  options: FeatureOptions & Pick<PictureOptions, 'resize'>,
  keep: Keep,
  hooks: Hooks,
): Promise<Survey> {
  const { train = [], validation = [], test = [] } = folder.parts;
  const all: Split = { train, validation, test, heldOut: 'test', how: '', warnings: [] };
  const features = base && keep(await throughBase(base, all, options, hooks));
  const pixels = keep(await extractPixels(all, 'squash', options, hooks));
  const looks = lookAt(pixels.store, all);
  const broken = features?.broken ?? pixels.broken;
  const unusable = new Set(broken.map((file) => file.path));
  const pictures = [...train, ...validation, ...test].filter((picture) => !unusable.has(picture.path));
  const known = { looks, facts: folder.facts, features: features?.store };
  const copies = await findCopies(pictures, known, hooks, options);
  return { pictures, broken, ...(features && { features }), pixels, looks, copies };
}

async function throughBase(
  base: Base,
  split: Split,
  options: FeatureOptions & Pick<PictureOptions, 'resize'>,
  hooks: Hooks,
): Promise<StoredFeatures> {
  // where the choice of a precision is noted: nothing goes on from here
  const notes = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-check-'));
  try {
    return await extractFrozen(base, split, options, notes, hooks);
  } finally {
    fs.rmSync(notes, { recursive: true, force: true });
  }
}
