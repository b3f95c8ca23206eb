import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Where things are kept that several checkouts and runs share: $FINETUNE_CACHE, else $XDG_CACHE_HOME/finetune,
 * else ~/.cache/finetune. The folder may not exist yet.
 */
export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['FINETUNE_CACHE'];
  if (own) return path.resolve(own);
  return path.join(environment['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'finetune');
}

/** One part of the cache. */
export function cacheFolder(
  part: 'tensorflow' | 'weights' | 'features' | 'precision',
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return path.join(cacheRoot(environment), part);
}

/** How many bytes lie under a folder; 0 when there is none. */
export function folderSize(folder: string): number {
  if (!fs.existsSync(folder)) return 0;
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => {
      const stat = fs.statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false });
      return sum + (stat?.size ?? 0);
    }, 0);
}
