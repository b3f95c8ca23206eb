import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';

interface Holder {
  /** Which lock of all that ever were. */
  readonly id: string;
  readonly pid: number;
  /** When the process began, so that a later process with the same number is not taken for it. */
  readonly began: string;
  /** Where the number `pid` means something: host and, in containers, the namespace of process numbers. */
  readonly machine: string;
}

const heartbeatMs = 10_000;
const silentMs = 10 * 60_000;
const pollMs = 100;

/**
 * Runs `work` while no other process (and nobody else in this one) holds the lock `file`; waits its turn.
 * A lock whose holder died is taken over: at once on the same machine, after ten silent minutes where the
 * holder's process cannot be looked up (another container or host on a shared disk).
 *
 * @param file a path used for nothing else; its folder is made when missing.
 * @param options.onWait called once when somebody else holds the lock.
 * @param options.signal ends the waiting.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: { onWait?: () => void; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  makeFolder(path.dirname(file));
  const own: Holder = {
    id: randomUUID(),
    pid: process.pid,
    began: processStart(process.pid) ?? '',
    machine: thisMachine(),
  };
  let waited = false;
  while (!(await claim(file, own))) {
    if (await removeWhenStale(file)) continue;
    if (!waited) options.onWait?.();
    waited = true;
    await wait(pollMs);
    options.signal?.throwIfAborted();
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, heartbeatMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await holderOf(file))?.id === own.id) await rm(file, { force: true });
  }
}

/** Makes the lock file; false when it is there already. */
async function claim(file: string, own: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(own), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeWhenStale(file: string): Promise<boolean> {
  const holder = await holderOf(file);
  if (!(await isStale(file, holder))) return false;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return true; // somebody else was quicker
  }
  // Between our look and the rename another process may have taken over: then give its lock back.
  if ((await holderOf(aside))?.id !== holder?.id) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** `holder` is undefined when the file is empty: its maker is about to write to it, or died before it could. */
async function isStale(file: string, holder: Holder | undefined): Promise<boolean> {
  if (holder && holder.machine === thisMachine()) {
    const start = processStart(holder.pid);
    return start === undefined || (start !== '' && start !== holder.began);
  }
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > (holder ? silentMs : heartbeatMs);
}

/** Where a process number means something: host and, in containers, the namespace of process numbers. */
export function thisMachine(): string {
  try {
    return `${os.hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return os.hostname();
  }
}

/** Whether a process of this number lives on this machine. */
export function isRunning(pid: number): boolean {
  return processStart(pid) !== undefined;
}

/** What tells one run of a process number from another; '' when that cannot be told, undefined when none lives. */
function processStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in field 2 may hold anything, so fields are counted after its closing bracket: state is field 3.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    // No /proc on this system, or it hides other people's processes.
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}
