import { type ScanOptions, type ScannedFolder, scanFolder } from '../data/scan.js';
import type { Hooks } from '../runtime/progress.js';

/** Finds the pictures of a data folder, as `scanFolder` does, and tells how far it is. */
export function scanPictures(
  directory: string,
  options: Pick<ScanOptions, 'strict' | 'layout'>,
  { onProgress, signal }: Hooks,
): Promise<ScannedFolder> {
  return scanFolder(directory, {
    ...options,
    ...(signal && { signal }),
    onProgress: (done, total) =>
      onProgress?.({ kind: 'work', stage: 'Checking pictures', done, total, unit: 'pictures' }),
  });
}
