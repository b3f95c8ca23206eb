import fs from 'node:fs';
import { afterAll } from 'vitest';
import { temporaryFolder } from './command-line.js';

/** Folders of a test file, and whatever else is put into `made`, that are gone when its tests are done. */
export function scratchFolders(): { made: string[]; scratch: () => string } {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
  });
  const scratch = () => {
    const folder = temporaryFolder();
    made.push(folder);
    return folder;
  };
  return { made, scratch };
}
