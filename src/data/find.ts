import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../runtime/errors.js';
import { afresh, filesBelow, type FoundFile, rootFolder } from './folder-tree.js';
import { resolveGiven } from './given-names.js';
import { checkHeader, hasPictureEnding } from './inspect.js';
import { nameText, pathToOpen } from './names.js';
import { mapParallel } from './parallel.js';
import { fixedPart, isPattern, matching, withoutFolderBraces } from './patterns.js';
import { byCodePoints, counted, type Picture, PictureError, type SkippedFile } from './pictures.js';

export interface FoundPictures {
  readonly pictures: readonly Pick<Picture, 'path' | 'file'>[];
  /** What lay beside them and is not used: files that are no pictures, links that are not followed … */
  readonly passedOver: readonly SkippedFile[];
}

/** Files looked into at once. */
const atOnce = 8;

/**
 * The pictures that a command line names: files as they are, folders with all pictures below them, patterns where the
 * shell has not expanded them (patterns.ts). Folders are walked as they are for training (folder-tree.ts), and what
 * holds a picture is one, whatever it is called.
 *
 * @throws UserError when something named does not exist or holds no pictures.
 */
export async function findPictures(
  given: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<FoundPictures> {
  const pictures = new Map<string, string>();
  const passedOver: SkippedFile[] = [];
  for (const name of given) {
    const before = passedOver.length;
    const found = await named(name, passedOver, options.signal);
    if (found.length === 0) {
      const beside = passedOver.length - before;
      throw new UserError(
        `Expected pictures in '${name}' but found none${beside > 0 ? `, only ${counted(beside, 'file')} that cannot be used, the first: ${line(passedOver[before]!)}` : ''}.`,
      );
    }
    for (const { path: shown, file } of found) if (!pictures.has(file)) pictures.set(file, shown);
  }
  return { pictures: [...pictures].map(([file, shown]) => ({ path: shown, file })), passedOver };
}

function line({ path: where, reason }: SkippedFile): string {
  return `${where}: ${reason}`;
}

/** The pictures that one name stands for; their files are absolute. */
async function named(name: string, passedOver: SkippedFile[], signal?: AbortSignal): Promise<FoundFile[]> {
  const files = await resolveGiven(name);
  if (files.length > 0) {
    const found = [];
    for (const file of files)
      for (const picture of await fileOrFolder(file, passedOver, signal)) found.push(picture);
    return found;
  }
  if (!isPattern(name)) {
    throw new UserError(`Expected a picture, a folder or a pattern but '${name}' does not exist.`);
  }
  const choices = withoutFolderBraces(name);
  if (choices.length > 1) {
    const found: FoundFile[] = [];
    for (const choice of choices) {
      if (!isPattern(choice) && (await resolveGiven(choice)).length === 0) continue;
      for (const picture of await named(choice, passedOver, signal)) found.push(picture);
    }
    return found;
  }
  const skipped: SkippedFile[] = [];
  const matches = await matching(name, skipped, signal);
  const found = [...matches.files];
  for (const folder of matches.folders) {
    for (const file of await filesBelow(afresh(folder), skipped)) found.push(file);
  }
  return picturesAmong(found, skipped, fixedPart(name), passedOver, signal);
}

async function fileOrFolder(
  file: string,
  passedOver: SkippedFile[],
  signal?: AbortSignal,
): Promise<FoundFile[]> {
  const shown = nameText(file);
  const cannot = (why: string) =>
    new UserError(`Expected a picture, a folder or a pattern but '${shown}' ${why}.`);
  const stats = await stat(pathToOpen(file)).catch((error: NodeJS.ErrnoException) => {
    throw cannot(`cannot be opened (${error.code ?? error.message})`);
  });
  if (stats.isFile()) return [{ path: shown, file: path.resolve(file) }];
  if (!stats.isDirectory()) throw cannot('is neither a file nor a folder');
  const skipped: SkippedFile[] = [];
  const files = await filesBelow(await rootFolder(file, signal), skipped);
  return picturesAmong(files, skipped, file, passedOver, signal);
}

/**
 * Those of the files that are pictures, by their names or else by what they hold. A file that is called a picture and
 * is none counts as a damaged one: whoever decodes it says so.
 *
 * @param base what their paths are relative to, as given.
 */
async function picturesAmong(
  files: readonly FoundFile[],
  skipped: readonly SkippedFile[],
  base: string,
  passedOver: SkippedFile[],
  signal?: AbortSignal,
): Promise<FoundFile[]> {
  const shown = (place: string) => path.join(nameText(base), place);
  for (const { path: place, reason } of skipped) passedOver.push({ path: shown(place), reason });
  const reasons = await mapParallel(files, atOnce, async ({ file }) => {
    signal?.throwIfAborted();
    if (hasPictureEnding(file)) return undefined;
    return checkHeader(file).catch((error: unknown) => {
      if (error instanceof PictureError) return error.message;
      throw error;
    });
  });
  const pictures: FoundFile[] = [];
  for (const [i, { path: place, file }] of files.entries()) {
    const reason = reasons[i];
    if (reason !== undefined) passedOver.push({ path: shown(place), reason });
    else pictures.push({ path: shown(place), file: path.resolve(file) });
  }
  return pictures.sort((a, b) => byCodePoints(a.path, b.path));
}
