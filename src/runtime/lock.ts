import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';

/** Who holds a lock. */
export interface Holder {
  /** Which lock of all that ever were. */
  readonly id: string;
  readonly pid: number;
  /** When the process began, so that a later process with the same number is not taken for it. */
  readonly began: string;
  /** Where the number `pid` means something: host and, in containers, the namespace of process numbers. */
  readonly machine: string;
}

/** A lock that this process holds. */
export interface Lock {
  release(): Promise<void>;
}

const heartbeatMs = 10_000;
const silentMs = 10 * 60_000;
const pollMs = 100;

/**
 * Runs `work` while no other process (and nobody else in this one) holds the lock `file`; waits its turn.
 * A lock whose holder died is taken over: see `tryLock`.
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
  let waited = false;
  for (;;) {
    const outcome = await tryLock(file);
    if ('release' in outcome) {
      try {
        return await work();
      } finally {
        await outcome.release();
      }
    }
    if (!waited) options.onWait?.();
    waited = true;
    await wait(pollMs);
    options.signal?.throwIfAborted();
  }
}

/**
 * Takes the lock `file`, or says who holds it. A lock whose holder died is taken over: at once on the same machine,
 * after ten silent minutes where the holder's process cannot be looked up (another container or host on a shared
 * disk).
 *
 * @param file a path used for nothing else; its folder is made when missing.
 */
export async function tryLock(file: string): Promise<Lock | { readonly holder: Holder }> {
  makeFolder(path.dirname(file));
  const own: Holder = {
    id: randomUUID(),
    pid: process.pid,
    began: processStart(process.pid) ?? '',
    machine: thisMachine(),
  };
  while (!(await claim(file, own))) {
    if (await removeWhenStale(file)) continue;
    const holder = await holderOf(file);
    if (holder) return { holder };
    await wait(pollMs); // gone by now, or its maker is about to write its name into it
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, heartbeatMs).unref();
  return {
    release: async () => {
      clearInterval(heartbeat);
      if ((await holderOf(file))?.id === own.id) await rm(file, { force: true });
    },
  };
}

/** `process 4711`, with its host where that is another; for messages. */
export function describeHolder({ pid, machine }: Holder): string {
  if (machine === thisMachine()) return pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  return `process ${pid} on ${machine.split(' ')[0]}`;
}

/** Makes the lock file; false when it is there already. */
async function claim(file: string, own: Holder): Promise<boolean> {
  let made = false;
  try {
    const handle = await open(file, 'wx');
    made = true;
    try {
      await handle.writeFile(JSON.stringify(own));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (made)
      await rm(file, { force: true }); // on a full disk an empty one would stay
    else if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeWhenStale(file: string): Promise<boolean> {
  const holder = await holderOf(file);
  if (!(await isStale(file, holder))) return false;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return true; // somebody else was quicker
  }
  // Between our look and the rename another process may have taken over: then give its lock back.
  if ((await holderOf(aside))?.id !== holder?.id) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    const { id, pid, began, machine } = JSON.parse(await readFile(file, 'utf8')) as Holder;
    const texts = [id, began, machine].every((value) => typeof value === 'string');
    return texts && Number.isSafeInteger(pid) ? { id, pid, began, machine } : undefined;
  } catch {
    return undefined;
  }
}

/** `holder` is undefined when the file says nothing: its maker is about to write to it, or died before it could. */
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
