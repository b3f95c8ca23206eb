import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError } from './errors.js';

/**
 * Where things are kept that several checkouts and runs share: $FINETUNE_CACHE, else $XDG_CACHE_HOME/finetune,
 * else ~/.cache/finetune. The folder may not exist yet.
 */
export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['FINETUNE_CACHE'];
  if (own) return path.resolve(own);
  return path.join(environment['XDG_CACHE_HOME'] || path.join(homeFolder(), '.cache'), 'finetune');
}

/** @throws UserError where the user has none: in a container under a user number that nobody set up. */
function homeFolder(): string {
  let home = '';
  try {
    home = os.homedir();
  } catch {
    // said below
  }
  if (home) return home;
  throw new UserError(
    'Expected a home folder to keep the cache in but this user has none. Name a folder in FINETUNE_CACHE.',
  );
}

/** One part of the cache. */
export function cacheFolder(
  part: 'tensorflow' | 'weights' | 'features' | 'precision',
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return path.join(cacheRoot(environment), part);
}

/** How many bytes lie under a folder, as far as this user may look; 0 when there is none. */
export function folderSize(folder: string): number {
  return entriesOf(folder).reduce((sum, entry) => {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) return sum + folderSize(place);
    return sum + (entry.isFile() ? sizeOfFile(place) : 0);
  }, 0);
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function sizeOfFile(file: string): number {
  try {
    return fs.statSync(file).size;
  } catch {
    return 0; // another run has removed it just now
  }
}

/** Bytes that may still be written where the cache lies, or will lie. */
export function freeForCache(): number {
  const { bavail, bsize } = fs.statfsSync(nearestFolder(cacheRoot()));
  return bavail * bsize;
}

/** The folder itself, else the nearest above it that exists. */
export function nearestFolder(folder: string): string {
  return fs.existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}
