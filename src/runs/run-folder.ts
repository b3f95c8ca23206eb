import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { describeHolder, type Holder, type Lock, tryLock } from '../runtime/lock.js';
import { basesOf, type ResolvedOptions } from './options.js';

/** A run's folder while the run works in it; until `close` nobody else may. */
export interface RunFolder {
  readonly name: string;
  readonly directory: string;
  /** What an interrupted run needs to go on. */
  readonly checkpointFolder: string;
  /** Where the results are gathered. An earlier run's stay where they are until all of these are there. */
  readonly resultFolder: string;
  /**
   * `resumed`: an interrupted run with the same options and pictures is gone on with. `replaced`: one with others
   * gave way.
   */
  readonly unfinished: 'none' | 'resumed' | 'replaced';
  /** Puts the results in place of an earlier run's; from now on only an explicit --out replaces them. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

const lockName = '.lock';
/** The file that marks a folder as a run of ours, finished or not. */
const marker = path.join('checkpoint', 'identity.json');
const finishedMark = path.join('checkpoint', 'finished');
/** Of the files of a run, those that not every run has. */
const optionalFiles = ['results-frozen.csv', 'results-baseline.csv'];

/**
 * Chooses, locks and prepares the run folder: --out, else runs/<name>. Without --out a finished run is never touched:
 * the name gets a number. An unfinished one of the same identity (options, pictures, weights) is gone on with, of
 * another identity it is replaced.
 *
 * @throws UserError when --out is a folder with other things in it, or no folder, and when another run works in it.
 */
export async function openRunFolder(options: ResolvedOptions, identity: unknown): Promise<RunFolder> {
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const { directory, lock } = options.out
    ? await lockOutFolder(options.out)
    : await lockFreeFolder(options, digest);
  try {
    return await prepare(directory, digest, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function prepare(directory: string, digest: string, lock: Lock): Promise<RunFolder> {
  const checkpointFolder = path.join(directory, 'checkpoint');
  const resultFolder = path.join(checkpointFolder, 'result');
  const unfinished = canResume(directory, digest)
    ? 'resumed'
    : isBegun(directory) && !isFinished(directory)
      ? 'replaced'
      : 'none';
  if (unfinished === 'resumed') {
    fs.rmSync(resultFolder, { recursive: true, force: true });
  } else {
    fs.rmSync(checkpointFolder, { recursive: true, force: true });
    makeFolder(checkpointFolder);
    await writeFileAtomic(path.join(directory, marker), JSON.stringify({ identity: digest }));
  }
  fs.mkdirSync(resultFolder);
  return {
    name: path.basename(directory),
    directory,
    checkpointFolder,
    resultFolder,
    unfinished,
    finish: async () => {
      putInPlace(resultFolder, directory);
      await writeFileAtomic(path.join(directory, finishedMark), '');
    },
    close: () => lock.release(),
  };
}

/** A folder with metrics.json is always of one finished run: an earlier one's goes first, and the new one comes last. */
function putInPlace(from: string, directory: string): void {
  const record = 'metrics.json';
  for (const name of [record, ...optionalFiles]) fs.rmSync(path.join(directory, name), { force: true });
  const names = fs.readdirSync(from).filter((name) => name !== record);
  for (const name of [...names, record]) {
    const target = path.join(directory, name);
    fs.rmSync(target, { recursive: true, force: true });
    fs.renameSync(path.join(from, name), target);
  }
  fs.rmdirSync(from);
}

async function lockOutFolder(given: string): Promise<{ directory: string; lock: Lock }> {
  const directory = path.resolve(given);
  checkOutFolder(given, directory);
  const lock = await tryLock(path.join(directory, lockName));
  if ('holder' in lock) throw inUse(given, lock.holder);
  return { directory, lock };
}

async function lockFreeFolder(
  options: ResolvedOptions,
  digest: string,
): Promise<{ directory: string; lock: Lock }> {
  const name = options.name ?? `${path.basename(path.resolve(options.data))}-${basesOf(options).join('+')}`;
  for (let number = 1; ; number++) {
    const directory = path.resolve('runs', number === 1 ? name : `${name}-${number}`);
    const isFree = () => !fs.existsSync(directory) || isUntouched(directory) || canResume(directory, digest);
    if (!isFree()) continue;
    const lock = await tryLock(path.join(directory, lockName));
    if ('holder' in lock) {
      if (canResume(directory, digest)) throw inUse(path.relative('', directory), lock.holder);
      continue; // another run was quicker
    }
    if (isFree()) return { directory, lock };
    await lock.release();
  }
}

function checkOutFolder(given: string, directory: string): void {
  if (!fs.existsSync(directory)) return;
  if (!fs.statSync(directory).isDirectory()) {
    throw new UserError(`Expected --out to be a folder but '${given}' is a file. Choose another name.`);
  }
  if (isUntouched(directory) || isBegun(directory)) return;
  throw new UserError(
    `Expected --out to be a new or empty folder, or an earlier run, but '${given}' holds other files. Choose another.`,
  );
}

function inUse(directory: string, holder: Holder): UserError {
  return new UserError(
    `Expected no other run in '${directory}' but ${describeHolder(holder)} is at work there. Wait until it has ended, or give another --out.`,
  );
}

/** Whether a folder has nothing in it but what is left of a start of ours that failed, on a full disk for instance. */
function isUntouched(directory: string): boolean {
  if (!fs.statSync(directory).isDirectory()) return false;
  const holds = (folder: string) => fs.readdirSync(folder).filter((name) => !name.startsWith(lockName));
  const names = holds(directory);
  if (names.length === 0) return true;
  const [only, more] = names;
  if (only !== 'checkpoint' || more !== undefined) return false;
  const checkpoint = path.join(directory, only);
  return fs.statSync(checkpoint).isDirectory() && holds(checkpoint).every((name) => name.endsWith('.part'));
}

function isBegun(directory: string): boolean {
  return fs.existsSync(path.join(directory, marker));
}

function canResume(directory: string, digest: string): boolean {
  return identityOf(directory) === digest && !isFinished(directory);
}

function identityOf(directory: string): string | undefined {
  try {
    const text = fs.readFileSync(path.join(directory, marker), 'utf8');
    return (JSON.parse(text) as { identity?: string }).identity;
  } catch {
    return undefined;
  }
}

function isFinished(directory: string): boolean {
  return fs.existsSync(path.join(directory, finishedMark));
}
