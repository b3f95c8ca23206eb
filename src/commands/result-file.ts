import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';

/**
 * Gets the place of a result file ready before the work that it is the result of.
 *
 * @throws UserError when no file can be written there; an error of the system when its folder cannot be made.
 */
export function openResultFile(file: string): { write(text: string): Promise<void> } {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(`Expected a file to write to but '${file}' is a folder. Give a file in it.`);
  }
  const folder = path.dirname(path.resolve(file));
  makeFolder(folder);
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch {
    throw new UserError(
      `Expected to write '${file}' but this user may not write to its folder. Give another place.`,
    );
  }
  return { write: (text) => writeFileAtomic(file, text) };
}
