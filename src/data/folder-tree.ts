import type { BigIntStats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeName, nameText, pathToOpen } from './names.js';
import { byCodePoints, counted, type SkippedFile } from './pictures.js';

/** A folder, reached through real folders and symbolic links. */
export interface Folder {
  /** As `nameText` has it. */
  readonly name: string;
  /** Relative to the data folder, '/' separators, as `nameText` has it; '' for the data folder itself. */
  readonly path: string;
  /** As `decodeName` has it, for `pathToOpen`. */
  readonly file: string;
  /** Device and inode of this folder and of those above it: a link back to one of them is a cycle. */
  readonly lineage: readonly string[];
  readonly root: Root;
  /** Whether it is a link in the folder above. */
  readonly isLink: boolean;
  /** Whether there is a link on the way here. */
  readonly behindLink: boolean;
  /** Of a folder that a link outside the data folder leads to, and of those below. */
  readonly outside?: Outside;
}

/** The folder that a walk began in. */
interface Root {
  /** Its path without links. */
  readonly real: string;
  readonly signal: AbortSignal | undefined;
}

/** How much has been walked beyond a link that leads outside the data folder. */
interface Outside {
  readonly path: string;
  folders: number;
}

export interface FoundFile {
  readonly path: string;
  readonly file: string;
}

export interface Listing {
  readonly folders: readonly Folder[];
  readonly files: readonly FoundFile[];
  /** What could not be opened or followed. */
  readonly faults: readonly SkippedFile[];
}

/** A link to a larger tree outside the data folder is taken for a mistake: `/`, a home folder, a share. */
const mostFoldersOutside = 1000;

/** What systems leave in folders; passed over without a word, as are all hidden files. */
const litter = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'icon\r',
  '__macosx',
  '@eadir',
  '$recycle.bin',
  'system volume information',
  'lost+found',
]);

function isLitter(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || litter.has(name.toLowerCase());
}

/** The folder that a walk begins in; the signal ends the walk. */
export async function rootFolder(file: string, signal?: AbortSignal): Promise<Folder> {
  const open = pathToOpen(file);
  const real = decodeName(await realpath(open, { encoding: 'buffer' }));
  const lineage = [identity(await stat(open, { bigint: true }))];
  return { name: '', path: '', file, lineage, root: { real, signal }, isLink: false, behindLink: false };
}

/**
 * What lies directly in a folder, in code-point order of names. Links to files are followed; links to folders within the data
 * folder, or where none has been followed on the way yet.
 */
export async function list(folder: Folder): Promise<Listing> {
  folder.root.signal?.throwIfAborted();
  const folders: Folder[] = [];
  const files: FoundFile[] = [];
  const faults: SkippedFile[] = [];
  const open = pathToOpen(folder.file);
  const entries = await readdir(open, { withFileTypes: true, encoding: 'buffer' }).catch(
    (error: NodeJS.ErrnoException) => {
      faults.push({ path: folder.path, reason: `folder cannot be opened (${error.code ?? error.message})` });
      return [];
    },
  );
  const named = entries.map((entry) => ({ entry, name: decodeName(entry.name) }));
  for (const { entry, name } of named.sort((a, b) => byCodePoints(a.name, b.name))) {
    if (isLitter(name)) continue;
    const file = join(folder.file, name);
    const text = nameText(name);
    const path = folder.path === '' ? text : `${folder.path}/${text}`;
    if (entry.isFile()) {
      files.push({ path, file });
      continue;
    }
    const target = await stat(pathToOpen(file), { bigint: true }).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    if (target instanceof Error) {
      const nowhere = target.code === 'ENOENT' || target.code === 'ELOOP';
      const what = nowhere ? 'a link that leads nowhere' : 'cannot be looked at';
      faults.push({ path, reason: `${what} (${target.code ?? target.message})` });
    } else if (target.isFile()) {
      files.push({ path, file });
    } else if (target.isDirectory()) {
      const lineage = [...folder.lineage, identity(target)];
      const child = { ...folder, name: text, path, file, lineage, isLink: false };
      if (!entry.isSymbolicLink()) folders.push(child);
      else {
        const followed = await followLink(folder, child);
        if (typeof followed === 'string') faults.push({ path, reason: followed });
        else folders.push(followed);
      }
    } else {
      faults.push({ path, reason: 'neither a file nor a folder' });
    }
  }
  return { folders, files, faults };
}

/** The folder that a link in `folder` leads to, or why it is not followed. */
async function followLink(folder: Folder, child: Folder): Promise<Folder | string> {
  if (folder.lineage.includes(child.lineage.at(-1)!)) return 'a link back to a folder above it';
  const real = await realpath(pathToOpen(child.file), { encoding: 'buffer' })
    .then(decodeName)
    .catch(() => undefined);
  if (real === undefined) return 'a link that leads nowhere';
  const top = folder.root.real;
  const link = { ...child, isLink: true, behindLink: true };
  if (isWithin(real, top)) return link;
  if (isWithin(top, real)) return 'a link to a folder that holds all of these, not followed';
  if (folder.behindLink) return 'a link behind another link and out of the data folder, not followed';
  return { ...link, outside: { path: child.path, folders: 0 } };
}

/** Whether `path` is `folder` or lies below it. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** A class folder, or one that was named, behind whatever links: what lies below it is measured from here. */
export function afresh(folder: Folder): Folder {
  return folder.outside ? { ...folder, outside: { path: folder.path, folders: 0 } } : folder;
}

/**
 * Counts a folder that is about to be listed.
 *
 * @returns whether it lies behind a link to a tree outside that is too large; true from then on.
 */
export function isTooFarOutside({ outside }: Folder): boolean {
  return outside !== undefined && ++outside.folders > mostFoldersOutside;
}

/** What is said of such a link. */
export function tooLarge({ path }: Outside): SkippedFile {
  const reason = `a link to a tree of more than ${counted(mostFoldersOutside, 'folder')}, not followed`;
  return { path, reason };
}

/**
 * All files in a folder and in the folders below it. A folder that several links lead to is walked once, by its own
 * name where it has one here.
 *
 * @param listed in the place of `list`, where some are known.
 */
export async function filesBelow(
  folder: Folder,
  skipped: SkippedFile[],
  listed: (folder: Folder) => Promise<Listing> = list,
): Promise<FoundFile[]> {
  const walked = new Set<string>();
  const links: Folder[] = [];
  const found: { listing: Listing; outside: Outside | undefined }[] = [];
  const refused = new Set<Outside>();
  const walk = async (here: Folder): Promise<void> => {
    if (isTooFarOutside(here)) {
      refused.add(here.outside!);
      return;
    }
    walked.add(here.lineage.at(-1)!);
    const listing = await listed(here);
    found.push({ listing, outside: here.outside });
    for (const child of listing.folders) {
      if (child.isLink) links.push(child);
      else await walk(child);
    }
  };
  await walk(afresh(folder));
  for (const link of links) {
    if (walked.has(link.lineage.at(-1)!)) {
      skipped.push({ path: link.path, reason: 'a link to a folder that was found already' });
    } else if (!link.outside || !refused.has(link.outside)) await walk(link);
  }
  for (const outside of refused) skipped.push(tooLarge(outside));
  const kept = found.filter(({ outside }) => !outside || !refused.has(outside));
  for (const { listing } of kept) for (const fault of listing.faults) skipped.push(fault);
  return kept.flatMap(({ listing }) => listing.files);
}

function identity(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}
