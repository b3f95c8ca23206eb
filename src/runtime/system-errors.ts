import path from 'node:path';
import { cacheRoot } from './cache.js';
import { UserError } from './errors.js';

/** What the operating system says of a path, in a reader's words, and what to do about it. */
const reasons: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  EACCES: ['this user has no permission', 'Give it, or take another place.'],
  EPERM: ['this user has no permission', 'Give it, or take another place.'],
  EROFS: ['the disk can only be read', 'Take another place.'],
  ENOSPC: ['the disk is full', 'Make room, or take another place.'],
  EDQUOT: ["this user's share of the disk is used up", 'Make room, or take another place.'],
  EFBIG: ['files there cannot be that large', 'Take another place.'],
  ENOTDIR: ['a part of the path is no folder', 'Correct the path.'],
  EISDIR: ['it is a folder', 'Correct the path.'],
  EEXIST: ['a file is in the way', 'Move it, or take another place.'],
  ENOTEMPTY: ['the folder holds other files', 'Move them, or take another place.'],
  ENOENT: ['it is not there', 'Correct the path.'],
  ENAMETOOLONG: ['the path is too long', 'Take a shorter one.'],
  ELOOP: ['its links lead in a circle', 'Correct the path.'],
  EXDEV: ['it lies on another disk', 'Take a place on the same disk.'],
  EBUSY: ['it is in use', 'Wait, or take another place.'],
  ETXTBSY: ['it is in use', 'Wait, or take another place.'],
  EIO: ['the disk has a fault', 'See what the system log says of the disk, or take another place.'],
  ESTALE: ['the network disk has lost it', 'Mount the disk again, or take another place.'],
  EMFILE: ['too many files are open in this process', "Raise the limit with 'ulimit -n 4096' and run again."],
  ENFILE: ['too many files are open on this machine', 'Close other programs and run again.'],
};

/** What ENOENT means when a folder is made in one that is there, such as /proc. */
const takesNone = ['the folder above it takes no new ones', 'Take another place.'] as const;

/**
 * An error of the file system as the user's mistake that it mostly is: which path, what is wrong with it, what to do.
 * Any other error as it is. Applied where a command ends, so that no call needs a translation of its own.
 */
export function asUserError(thrown: unknown, environment: NodeJS.ProcessEnv = process.env): unknown {
  const {
    code = '',
    path: file,
    dest,
    syscall,
  } = (thrown ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (!known || !(thrown instanceof Error)) return thrown;
  const place = dest ?? file;
  // Most codes mean too little without a path; these mean the same anywhere.
  if (place === undefined && !['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'].includes(code)) return thrown;
  const [reason, advice] = syscall === 'mkdir' && code === 'ENOENT' ? takesNone : known;
  const doing = place === undefined ? 'write a file' : `${verbOf(syscall)} '${String(place)}'`;
  const inCache = place !== undefined && liesInCache(String(place), environment);
  const last = inCache ? `${advice} FINETUNE_CACHE names another folder for the cache.` : advice;
  return new UserError(`Expected to ${doing} but ${reason} (${code}). ${last}`, { cause: thrown });
}

function verbOf(syscall = ''): string {
  if (/^(read|scandir|opendir|stat|lstat|fstat|access|readlink|realpath)/.test(syscall)) return 'read';
  if (/^open/.test(syscall)) return 'open';
  if (/^(rm|unlink|rmdir)/.test(syscall)) return 'remove';
  if (/^(mkdir|mkdtemp)/.test(syscall)) return 'make the folder';
  return 'write';
}

function liesInCache(file: string, environment: NodeJS.ProcessEnv): boolean {
  try {
    const inside = path.relative(cacheRoot(environment), path.resolve(file));
    // What lies above it may be what is in the way.
    return !inside.startsWith('..') || /^(\.\.\/?)+$/.test(inside);
  } catch {
    return false;
  }
}

/** Runs `work` on an open file, whose path the system's errors leave out, and puts it in. */
export function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withPath(error, file);
  }
}

/** An error of the system that does not say which file it is about, with the file. */
export function withPath(error: unknown, file: string): unknown {
  const system = error as NodeJS.ErrnoException;
  if (system instanceof Error && system.syscall !== undefined) system.path ??= file;
  return system;
}

/** Whether the system has refused something about a file (not about a connection). */
export function isSystemError(error: unknown): boolean {
  const { path: file, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return error instanceof Error && syscall !== undefined && file !== undefined;
}
