import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { byCodePoints, type SkippedFile } from './pictures.js';

/** A folder, reached through real folders and symbolic links. */
export interface Folder {
  readonly name: string;
  /** Relative to the data folder, '/' separators, NFC; '' for the data folder itself. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  /** Device and inode of this folder and of those above it: a link back to one of them is a cycle. */
  readonly lineage: readonly string[];
}

export interface FoundFile {
  readonly path: string;
  readonly file: string;
}

export interface Listing {
  readonly folders: readonly Folder[];
  readonly files: readonly FoundFile[];
}

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

/** The data folder itself. */
export async function rootFolder(file: string): Promise<Folder> {
  return { name: '', path: '', file, lineage: [identity(await stat(file, { bigint: true }))] };
}

/** What lies directly in a folder, in code-point order; links are followed and faults go to `skipped`. */
export async function list(folder: Folder, skipped: SkippedFile[]): Promise<Listing> {
  const folders: Folder[] = [];
  const files: FoundFile[] = [];
  const entries = await readdir(folder.file, { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      skipped.push({ path: folder.path, reason: `folder cannot be opened (${error.code ?? error.message})` });
      return [];
    },
  );
  for (const entry of entries.sort((a, b) => byCodePoints(a.name, b.name))) {
    if (isLitter(entry.name)) continue;
    const file = join(folder.file, entry.name);
    const name = entry.name.normalize('NFC');
    const path = folder.path === '' ? name : `${folder.path}/${name}`;
    if (entry.isFile()) {
      files.push({ path, file });
      continue;
    }
    const target = await stat(file, { bigint: true }).catch((error: NodeJS.ErrnoException) => error);
    if (target instanceof Error) {
      skipped.push({ path, reason: `a link that leads nowhere (${target.code ?? target.message})` });
    } else if (target.isFile()) {
      files.push({ path, file });
    } else if (target.isDirectory()) {
      const id = identity(target);
      if (folder.lineage.includes(id)) skipped.push({ path, reason: 'a link back to a folder above it' });
      else folders.push({ name, path, file, lineage: [...folder.lineage, id] });
    } else {
      skipped.push({ path, reason: 'neither a file nor a folder' });
    }
  }
  return { folders, files };
}

/** All files in a folder and in the folders below it. */
export async function filesBelow(folder: Folder, skipped: SkippedFile[]): Promise<FoundFile[]> {
  const { folders, files } = await list(folder, skipped);
  const below = [...files];
  for (const child of folders) for (const file of await filesBelow(child, skipped)) below.push(file);
  return below;
}

function identity(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}
