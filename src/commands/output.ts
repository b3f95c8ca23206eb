import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, UserError } from '../runtime/errors.js';

const standardOutput = 1;

/** Writes lines to standard output, as `write` does. */
export function print(text: string): Promise<boolean> {
  return write(`${text}\n`);
}

/**
 * Writes to standard output, all of it: Node's own console says nothing of what a full disk did not take.
 *
 * @returns false when the reader has gone (`| head`) and nothing more is wanted.
 * @throws UserError when standard output takes no more.
 */
export async function write(text: string, descriptor = standardOutput): Promise<boolean> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(descriptor, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') {
        throw new UserError(
          `Expected standard output to take all of the results but it does not (${messageOf(error)}). Send them elsewhere and run again.`,
        );
      }
      await wait(5); // a pipe whose reader is slow
    }
  }
  return true;
}
