import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isAbandoned, partName } from './part-file.js';
import { withPath } from './system-errors.js';

/**
 * Writes a file so that it is always whole: under another name first, then renamed into place. What a killed process
 * left of an earlier try goes first.
 */
export async function writeFileAtomic(file: string, data: string | Uint8Array): Promise<void> {
  await removeAbandoned(file);
  const temporary = partName(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } catch (error) {
      throw withPath(error, temporary);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function removeAbandoned(file: string): Promise<void> {
  const [folder, name] = [path.dirname(file), path.basename(file)];
  for (const part of await readdir(folder).catch(() => [])) {
    if (!part.startsWith(`${name}.`)) continue;
    const place = path.join(folder, part);
    const { mtimeMs } = await stat(place).catch(() => ({ mtimeMs: Date.now() }));
    if (isAbandoned(part, mtimeMs)) await rm(place, { force: true }).catch(() => undefined);
  }
}

export { withLock } from './lock.js';
