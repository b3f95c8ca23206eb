import fs from 'node:fs';
import { messageOf, UserError } from '../runtime/errors.js';
import type { PictureOptions } from './options.js';
import type { Picture, SkippedFile } from './pictures.js';
import type { ScannedFolder } from './scan.js';
import { type Split, splitFolder } from './split.js';
import { applySplitRecord } from './split-record.js';

/** Divides a folder as the options say: by --split, or by the folder's own parts and the seed. */
export function divide(folder: ScannedFolder, options: PictureOptions & { readonly seed: number }): Split {
  if (!options.split) {
    const fractions = { validation: options.validationFraction, test: options.testFraction };
    return splitFolder(folder, { seed: options.seed, fractions });
  }
  let record: unknown;
  try {
    record = JSON.parse(fs.readFileSync(options.split, 'utf8'));
  } catch (error) {
    throw new UserError(
      `Expected --split to name a split.json but '${options.split}' cannot be read: ${messageOf(error)}.`,
    );
  }
  return applySplitRecord(record, folder);
}

/**
 * The split without the pictures whose pixels turned out to be damaged.
 *
 * @throws UserError when a part or a class of the training pictures is left empty.
 */
export function withoutBrokenPictures(
  split: Split,
  broken: readonly SkippedFile[],
  labels: readonly string[],
): Split {
  if (broken.length === 0) return split;
  const paths = new Set(broken.map(({ path }) => path));
  const good = (pictures: readonly Picture[]) => pictures.filter(({ path }) => !paths.has(path));
  const kept = {
    ...split,
    train: good(split.train),
    validation: good(split.validation),
    test: good(split.test),
  };
  for (const part of ['train', 'validation', 'test'] as const) {
    if (kept[part].length === 0) {
      throw new UserError(
        `No usable picture is left in the ${part} part: all ${split[part].length} are damaged.`,
      );
    }
  }
  const empty = labels.find((_, label) => kept.train.every((picture) => picture.label !== label));
  if (empty)
    throw new UserError(`No usable training picture of class '${empty}' is left: add some and run again.`);
  return kept;
}
