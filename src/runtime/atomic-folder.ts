import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { UserError } from './errors.js';
import { makeFolder } from './make-folder.js';

/**
 * Writes a folder so that it is always whole: `write` fills a new one beside it, which then takes its place. What was
 * there stays until that moment, and for good when `write` fails.
 *
 * @throws UserError when the folder cannot be replaced because something is mounted on it.
 */
export async function writeFolderAtomic(
  directory: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  // A link stays one: what it leads to is replaced.
  const target = fs.existsSync(directory) ? fs.realpathSync(directory) : directory;
  const temporary = `${target}.${randomUUID()}.part`;
  makeFolder(temporary);
  try {
    await write(temporary);
    replace(target, temporary);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function replace(target: string, successor: string): void {
  const before = successor.replace(/part$/, 'before');
  const wasThere = fs.existsSync(target);
  try {
    if (wasThere) fs.renameSync(target, before);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    throw new UserError(
      `Expected a folder that can be replaced but something is mounted on '${target}'. Name a folder in it.`,
    );
  }
  try {
    fs.renameSync(successor, target);
  } catch (error) {
    if (wasThere) fs.renameSync(before, target);
    throw error;
  }
  fs.rmSync(before, { recursive: true, force: true });
}
