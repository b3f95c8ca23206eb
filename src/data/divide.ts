import fs from 'node:fs';
import { messageOf, UserError } from '../runtime/errors.js';
import type { PictureOptions } from './options.js';
import type { Picture, SkippedFile } from './pictures.js';
import type { ScannedFolder } from './scan.js';
import { type Split, splitFolder } from './split.js';
import { applySplitRecord } from './split-record.js';

/** Divides a folder as the options say: by --split, or by the folder's own parts and the seed. */
export function divide(folder: ScannedFolder, options: PictureOptions & { readonly seed: number }): Split {
  if (options.split) return expectWholeGroups(savedSplit(folder, options.split));
  const fractions = { validation: options.validationFraction, test: options.testFraction };
  return splitFolder(folder, { seed: options.seed, fractions });
}

function savedSplit(folder: ScannedFolder, file: string): Split {
  let record: unknown;
  try {
    record = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(
      `Expected --split to name a split.json but '${file}' cannot be read: ${messageOf(error)}.`,
    );
  }
  return applySplitRecord(record, folder);
}

/** @throws UserError when a group is in two parts of a saved split. */
function expectWholeGroups(split: Split): Split {
  const partOf = new Map<string, string>();
  for (const part of ['train', 'validation', 'test'] as const) {
    for (const { group, path } of split[part]) {
      if (group === undefined) continue;
      const other = partOf.get(group);
      if (other !== undefined && other !== part) {
        throw new UserError(
          `Expected the saved split to keep groups whole but '${group}' is in ${other} and, with ${path}, in ${part}: leave --split or --group-by out.`,
        );
      }
      partOf.set(group, part);
    }
  }
  return split;
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
  return withoutPictures(split, new Set(broken.map(({ path }) => path)), labels, 'damaged');
}

/**
 * The split without some of its pictures.
 *
 * @param paths of those that go; `fault`: what they are.
 * @throws UserError when a part or a class of the training pictures is left empty.
 */
export function withoutPictures(
  split: Split,
  paths: ReadonlySet<string>,
  labels: readonly string[],
  fault: string,
): Split {
  if (paths.size === 0) return split;
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
        `No usable picture is left in the ${part} part: all ${split[part].length} are ${fault}.`,
      );
    }
  }
  const empty = labels.find((_, label) => kept.train.every((picture) => picture.label !== label));
  if (empty)
    throw new UserError(`No usable training picture of class '${empty}' is left: add some and run again.`);
  return kept;
}
