import type { Dirent } from 'node:fs';
import { posix } from 'node:path';
import { type FileSystemAdapter, glob } from 'tinyglobby';
import { type Folder, type FoundFile, isTooFarOutside, list, rootFolder, tooLarge } from './folder-tree.js';
import { byCodePoints, type SkippedFile } from './pictures.js';

/** Whether a name has what patterns are made of: * ? [ab] {a,b}. */
export function isPattern(name: string): boolean {
  return /[*?[{]/.test(name);
}

/**
 * The files and folders that a pattern names, in code-point order: `*` and `?` within a name, `**` for any folders,
 * `{jpg,png}`, `[0-9]`. tinyglobby matches, and walks no more folders than the pattern names; what it sees of the disk
 * is our folder tree, so that links, hidden files and names are as everywhere else.
 */
export async function matching(
  pattern: string,
  skipped: SkippedFile[],
  signal?: AbortSignal,
): Promise<{ files: FoundFile[]; folders: Folder[] }> {
  const fixed = fixedPart(pattern);
  const root = await rootFolder(fixed || '.', signal).catch(() => undefined);
  if (!root) return { files: [], folders: [] };
  // To tinyglobby the fixed folder is '/'.
  const files = new Map<string, FoundFile>();
  const folders = new Map([['/', root]]);
  const tooFar = new Set<NonNullable<Folder['outside']>>();
  const behindLinks = new Set<string>();
  const faults: SkippedFile[] = [];
  const entriesOf = async (at: string) => {
    const folder = folders.get(at);
    if (!folder) return [];
    if (isTooFarOutside(folder)) {
      tooFar.add(folder.outside!);
      return [];
    }
    const listing = await list(folder);
    for (const fault of listing.faults) faults.push(fault);
    const inside = listing.folders.filter((child) => {
      // links behind links, each folder once: they may go in circles
      if (!child.isLink || !folder.behindLink) return true;
      const id = child.lineage.at(-1)!;
      return !behindLinks.has(id) && behindLinks.add(id);
    });
    for (const file of listing.files) files.set(posix.join(at, posix.basename(file.file)), file);
    for (const child of inside) folders.set(posix.join(at, posix.basename(child.file)), child);
    return [
      ...listing.files.map(({ file }) => entry(posix.basename(file), false)),
      ...inside.map(({ file }) => entry(posix.basename(file), true)),
    ];
  };
  const readdir = (directory: string, _: unknown, done: (error: unknown, entries: Dirent[]) => void) => {
    const at = directory.length > 1 ? directory.replace(/\/$/, '') : directory;
    entriesOf(at).then(
      (entries) => done(null, entries),
      (error: unknown) => done(error, []),
    );
  };
  const names = await glob(literal(pattern.slice(fixed.length)), {
    cwd: '/',
    expandDirectories: false,
    extglob: false,
    // `**` names every folder on the way; what is meant are the files
    onlyFiles: pattern.includes('**'),
    fs: { readdir } as unknown as FileSystemAdapter,
  });
  signal?.throwIfAborted();
  for (const outside of tooFar) skipped.push(tooLarge(outside));
  const places = names.map((name) => `/${name.replace(/\/$/, '')}`);
  const isNear = (one: { readonly path: string }) =>
    ![...tooFar].some((link) => one.path.startsWith(`${link.path}/`));
  for (const fault of faults) if (isNear(fault)) skipped.push(fault);
  const near = <Found extends FoundFile>(found: readonly (Found | undefined)[]) =>
    found
      .filter((one) => one !== undefined && isNear(one))
      .map((one) => one!)
      .sort((a, b) => byCodePoints(a.path, b.path));
  return {
    files: near(places.map((place) => files.get(place))),
    folders: near(places.map((place) => (place === '/' ? undefined : folders.get(place)))),
  };
}

/** A pattern with braces around whole folders, `{cats/1,dogs/*}`, as several without: each looks into its own only. */
export function withoutFolderBraces(pattern: string): string[] {
  let from = -1;
  let depth = 0;
  let commas: number[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at];
    if (letter === '\\') at++;
    else if (letter === '{' && depth++ === 0) [from, commas] = [at, []];
    else if (letter === ',' && depth === 1) commas.push(at);
    else if (letter === '}' && depth > 0 && --depth === 0) {
      if (commas.length === 0 || !pattern.slice(from, at).includes('/')) continue;
      const ends = [from, ...commas, at];
      const choices = ends.slice(1).map((end, i) => pattern.slice(ends[i]! + 1, end));
      return choices.flatMap((choice) =>
        withoutFolderBraces(pattern.slice(0, from) + choice + pattern.slice(at + 1)),
      );
    }
  }
  return [pattern];
}

/** The folders that a pattern begins with and that hold no part of a pattern, with the slash: all it will look into. */
export function fixedPart(pattern: string): string {
  const start = pattern.search(/[*?[{\\]/);
  return pattern.slice(0, pattern.slice(0, start).lastIndexOf('/') + 1);
}

function entry(name: string, isFolder: boolean): Dirent {
  return {
    name,
    isFile: () => !isFolder,
    isDirectory: () => isFolder,
    isSymbolicLink: () => false,
  } as Dirent;
}

/** The pattern with what shells take as it stands marked as such: `photos (1)`, `!`, `a|b`. */
function literal(pattern: string): string {
  return pattern.replace(/(?<!\\)[()|!+@]/g, '\\$&');
}
