import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../runtime/errors.js';
import { findPictures } from './find.js';
import { readLayout } from './folder-layout.js';
import { resolveGiven } from './given-names.js';
import { inspect } from './inspect.js';
import { mapParallel } from './parallel.js';
import { pathToOpen } from './names.js';
import { byCodePoints, type Picture, PictureError, type SkippedFile } from './pictures.js';
import type { LayoutName } from './split-names.js';

/** A folder of pictures to look through, whether it is sorted into classes or not. */
export interface Collection {
  /** All pictures below the folder, in code-point order of their paths; `label` is −1 outside any class. */
  readonly pictures: readonly Picture[];
  /** The classes that have pictures; none where the folder is not sorted into classes. */
  readonly labels: readonly string[];
  /** What lay beside the pictures, and pictures whose header is damaged. */
  readonly skipped: readonly SkippedFile[];
}

export interface CollectionOptions {
  /** Whether the pictures must be sorted into classes; else a folder that is not has none. */
  readonly sorted?: boolean;
  readonly layout?: LayoutName;
  readonly signal?: AbortSignal;
  /** Told after each picture how many of how many have been looked into. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files looked into at once. */
const atOnce = 8;

/**
 * Finds all pictures of a folder with the digests of their bytes, and the class of each where the folder is laid out as
 * for training.
 *
 * @throws UserError when there is no such folder or no picture in it that can be used, and, with `sorted`, when it
 *   can't be told which class pictures belong to.
 */
export async function readCollection(
  directory: string,
  options: CollectionOptions = {},
): Promise<Collection> {
  const folder = await expectFolder(directory);
  const { pictures, skipped } = await digested([directory], options);
  if (pictures.length === 0) {
    const first = skipped[0]
      ? `; the first of ${skipped.length}, ${skipped[0].path}: ${skipped[0].reason}`
      : '';
    throw new UserError(`Expected pictures in '${directory}' but found none that can be used${first}.`);
  }
  const classOf = await classesOf(folder, options);
  const used = new Set(pictures.flatMap(({ file }) => classOf.get(file) ?? []));
  const labels = [...used].sort(byCodePoints);
  const places = new Map(labels.map((name, place) => [name, place]));
  const labelOf = ({ file }: Picture) => places.get(classOf.get(file) ?? '') ?? -1;
  return { pictures: pictures.map((picture) => ({ ...picture, label: labelOf(picture) })), labels, skipped };
}

/**
 * The pictures that a command line names, with the digests of their bytes; they have no classes.
 *
 * @throws UserError when something named does not exist or holds no pictures.
 */
export async function digested(
  given: readonly string[],
  { signal, onProgress }: CollectionOptions = {},
): Promise<{ readonly pictures: readonly Picture[]; readonly skipped: readonly SkippedFile[] }> {
  const { pictures: found, passedOver } = await findPictures(given, { ...(signal && { signal }) });
  const skipped = [...passedOver];
  let done = 0;
  const pictures = await mapParallel(found, atOnce, async ({ path, file }) => {
    signal?.throwIfAborted();
    const inspected = await inspect(file).catch((error: unknown) => {
      if (!(error instanceof PictureError)) throw error;
      skipped.push({ path, reason: error.message });
      return undefined;
    });
    onProgress?.(++done, found.length);
    return inspected && { path, file, label: -1, digest: inspected.digest };
  });
  return { pictures: pictures.filter((picture) => picture !== undefined), skipped };
}

async function expectFolder(directory: string): Promise<string> {
  const [folder = directory] = await resolveGiven(directory);
  const stats = await stat(pathToOpen(folder)).catch(() => undefined);
  if (stats?.isDirectory()) return resolve(folder);
  const what = stats ? 'it is a file' : 'nothing is there';
  throw new UserError(`Expected a folder of pictures at '${directory}' but ${what}: check the path.`);
}

/** The class of each file of a folder that is laid out as for training. */
async function classesOf(
  directory: string,
  { sorted = false, layout = 'auto', signal }: CollectionOptions,
): Promise<Map<string, string>> {
  try {
    const { candidates } = await readLayout(directory, [], { layout, ...(signal && { signal }) });
    return new Map(candidates.map(({ file, className }) => [resolve(file), className]));
  } catch (error) {
    if (sorted || !(error instanceof UserError)) throw error;
    return new Map();
  }
}
