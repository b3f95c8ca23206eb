import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../runtime/errors.js';
import { type FileFacts, hasWrongEnding, type Inspected, inspect } from './inspect.js';
import { rangeWarnings } from './odd-pictures.js';
import { type Candidate, type Layout, readLayout } from './folder-layout.js';
import type { FolderPart, LayoutName } from './split-names.js';
import { pathToOpen } from './names.js';
import { resolveGiven } from './given-names.js';
import { mapParallel } from './parallel.js';
import { byCodePoints, counted, listed, type Picture, PictureError, type SkippedFile } from './pictures.js';

export type { FolderPart, LayoutName } from './split-names.js';

/** A data folder whose pictures have been found, digested and their headers checked. */
export interface ScannedFolder {
  /** The data folder, absolute. */
  readonly root: string;
  /** The classes that have pictures, in code-point order, NFC. */
  readonly labels: readonly string[];
  /** `parts`: DIR/{train,val,test}/CLASS/* or the like; `flat`: DIR/CLASS/*, all of it under `parts.train`. */
  readonly layout: 'flat' | 'parts';
  /** Where the test part is groups (folds, patients) that were chosen by the scan: their names. */
  readonly heldOutGroups?: readonly string[];
  /** The pictures of each part that has any, in code-point order of their paths. */
  readonly parts: Readonly<Partial<Record<FolderPart, readonly Picture[]>>>;
  /** Of the pictures, by digest. */
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** Files that cannot be used, in code-point order. */
  readonly skipped: readonly SkippedFile[];
  /** What a person should know, a sentence each. */
  readonly warnings: readonly string[];
}

export interface ScanOptions {
  /** Whether a file that would be skipped is an error instead. */
  readonly strict?: boolean;
  /** What the folders are: classes, a split, groups; found out unless told. */
  readonly layout?: LayoutName;
  /** Ends the search after the current file. */
  readonly signal?: AbortSignal;
  /** Told after each file how many of how many have been looked into. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files looked into at once: enough to keep libuv's threads busy, few enough to bound memory. */
const atOnce = 8;

/**
 * Finds the pictures of a data folder. Every file is read once, for its digest and its header; damaged pixels
 * show when they are decoded. What a file is called does not matter, only what it holds.
 *
 * Throws a UserError when there is no such folder or nothing in it can be used, and, with `strict`, when any
 * file would be skipped.
 */
export async function scanFolder(directory: string, options: ScanOptions = {}): Promise<ScannedFolder> {
  const root = resolve(await expectFolder(directory));
  const skipped: SkippedFile[] = [];
  const layout = await readLayout(root, skipped, options);
  const inspected = await inspectAll(layout.candidates, skipped, options);
  skipped.sort((a, b) => byCodePoints(a.path, b.path));

  if (options.strict && skipped.length > 0) {
    const lines = skipped.map(({ path, reason }) => `${path}: ${reason}`);
    throw new UserError(
      `Expected only usable pictures in '${directory}' but found ${counted(skipped.length, 'fault')}:${listed(lines)}`,
    );
  }
  if (inspected.length === 0) {
    const why = skipped[0]
      ? `; the first of ${skipped.length}, ${skipped[0].path}: ${skipped[0].reason}`
      : '';
    throw new UserError(`Expected pictures in '${directory}' but found none that can be used${why}.`);
  }

  const used = new Set(inspected.map(({ className }) => className));
  const labels = layout.classNames.filter((name) => used.has(name));
  const index = new Map(labels.map((name, label) => [name, label]));
  const parts: Partial<Record<FolderPart, Picture[]>> = {};
  for (const { part, path, file, digest, className } of inspected) {
    parts[part] ??= [];
    parts[part].push({ path, file, label: index.get(className)!, digest });
  }
  const warnings = [...layout.warnings, ...findOddities(layout, inspected)];
  const { heldOutGroups } = layout;
  return {
    root,
    labels,
    layout: layout.layout,
    ...(heldOutGroups && { heldOutGroups }),
    parts,
    facts: new Map(inspected.map(({ digest, facts }) => [digest, facts])),
    skipped,
    warnings,
  };
}

/** @returns where the folder is, in the form of `decodeName`. */
async function expectFolder(directory: string): Promise<string> {
  const [file = directory] = await resolveGiven(directory);
  const open = pathToOpen(file);
  const found = await stat(open)
    .then(async (stats) => {
      if (stats.isDirectory()) await access(open, constants.R_OK | constants.X_OK);
      return stats;
    })
    .catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const what = found.code === 'ENOENT' ? 'nothing is there' : `it cannot be opened (${found.code})`;
    throw new UserError(`Expected a folder of pictures at '${directory}' but ${what}: check the path.`);
  }
  if (!found.isDirectory()) {
    throw new UserError(
      `Expected a folder of pictures but '${directory}' is a file: give the folder it is in.`,
    );
  }
  return file;
}

type InspectedFile = Candidate & Inspected;

async function inspectAll(
  candidates: readonly Candidate[],
  skipped: SkippedFile[],
  { onProgress, signal }: ScanOptions,
): Promise<InspectedFile[]> {
  let done = 0;
  const results = await mapParallel(candidates, atOnce, async (candidate) => {
    signal?.throwIfAborted();
    const result = await inspect(candidate.file).catch((error: unknown) => {
      if (!(error instanceof PictureError)) throw error;
      skipped.push({ path: candidate.path, reason: error.message });
      return undefined;
    });
    onProgress?.(++done, candidates.length);
    return result && { ...candidate, ...result };
  });
  return results.filter((result) => result !== undefined);
}

function findOddities(layout: Layout, files: readonly InspectedFile[]): string[] {
  const warnings: string[] = [];
  const used = new Set(files.map(({ className }) => className));
  for (const name of layout.classNames) {
    if (!used.has(name)) warnings.push(`Class '${name}' has no usable picture and is left out.`);
  }
  const folded = new Map<string, string>();
  for (const name of used) {
    const twin = folded.get(name.toLowerCase());
    if (twin) warnings.push(`Classes '${twin}' and '${name}' differ only in case and are kept apart.`);
    folded.set(name.toLowerCase(), name);
  }
  for (const part of new Set(files.map((file) => file.part))) {
    const here = new Set(files.filter((file) => file.part === part).map(({ className }) => className));
    for (const name of layout.classNames) {
      if (used.has(name) && !here.has(name)) warnings.push(`Class '${name}' has no picture for ${part}.`);
    }
  }
  const misnamed = files.filter(({ path, format }) => hasWrongEnding(path, format));
  if (misnamed[0]) {
    const { path, format } = misnamed[0];
    warnings.push(
      `${counted(misnamed.length, 'picture')} with another kind's ending, used all the same: ${path} is ${format}${misnamed.length > 1 ? ' …' : '.'}`,
    );
  }
  const scaled = files.flatMap(({ path, range }) => (range ? [{ path, range }] : []));
  return [...warnings, ...rangeWarnings(scaled), ...contradictions(files)];
}

/** The same bytes under two labels: at least one of the labels is wrong. */
function contradictions(files: readonly InspectedFile[]): string[] {
  const firstOf = new Map<string, InspectedFile>();
  const lines: string[] = [];
  for (const file of files) {
    const first = firstOf.get(file.digest);
    if (!first) firstOf.set(file.digest, file);
    else if (first.className !== file.className) lines.push(`${first.path} = ${file.path}`);
  }
  if (lines.length === 0) return [];
  return [
    `${counted(lines.length, 'picture')} filed under two classes, byte for byte the same:${listed(lines)}`,
  ];
}
