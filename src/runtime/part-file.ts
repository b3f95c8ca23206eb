import { createHash, randomUUID } from 'node:crypto';
import { isRunning, thisMachine } from './lock.js';

/**
 * Names of files that are being written. They say which process writes them, so that what a killed process left can
 * be told from what a living one is at: `<file>.<machine>-<process>-<chance>.part`.
 */
const partEnding = '.part';

const dayMs = 86_400_000;

/** A name beside `file`, used by nobody else. */
export function partName(file: string): string {
  return `${file}.${machine()}-${process.pid}-${randomUUID().slice(0, 8)}${partEnding}`;
}

/**
 * Whether nobody will finish this part: its process is gone, or, where that cannot be looked up (another machine on a
 * shared disk), nothing was written to it for a day.
 */
export function isAbandoned(name: string, modifiedMs: number): boolean {
  if (!name.endsWith(partEnding)) return false;
  const [, where, pid] = /\.([0-9a-f]{8})-(\d+)-[0-9a-z]+\.part$/.exec(name) ?? [];
  if (where === machine() && !isRunning(Number(pid))) return true;
  return Date.now() - modifiedMs > dayMs;
}

function machine(): string {
  return createHash('sha256').update(thisMachine()).digest('hex').slice(0, 8);
}
