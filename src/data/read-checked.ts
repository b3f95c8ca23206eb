import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { cannotRead, readWhole } from './inspect.js';
import { pathToOpen } from './names.js';
import { PictureError } from './pictures.js';

/**
 * A picture's bytes, after making sure that they are those of the digest that it was found with. Of a file that is
 * too large to be held, its path.
 *
 * Not asynchronous: what is decoded next must be under way before a batch is handed over, without JavaScript's turn
 * in between. The scan has read the file just before, so it mostly comes from memory.
 *
 * @throws PictureError when the file is another one by now, or cannot be read.
 */
export function readChecked(file: string, digest: string): Buffer | string {
  const hash = createHash('sha256');
  const content = readInto(hash, file);
  if (hash.digest('hex') !== digest) throw new PictureError('changed since it was checked: run again');
  return content;
}

function readInto(hash: ReturnType<typeof createHash>, file: string): Buffer | string {
  let descriptor: number | undefined;
  try {
    // A pipe in the file's place would keep an ordinary open waiting for ever.
    descriptor = fs.openSync(pathToOpen(file), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) throw new PictureError('not a file');
    if (stat.size <= readWhole) {
      const bytes = fs.readFileSync(descriptor);
      hash.update(bytes);
      return bytes;
    }
    const chunk = Buffer.allocUnsafe(2 ** 20);
    for (let read = -1; read !== 0;) {
      read = fs.readSync(descriptor, chunk);
      hash.update(chunk.subarray(0, read));
    }
    return file;
  } catch (error) {
    if (error instanceof PictureError) throw error;
    return cannotRead(error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}
