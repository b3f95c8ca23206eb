import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../runtime/errors.js';
import type { ResolvedOptions } from './options.js';

/** Where a run's files go. */
export interface RunFolder {
  readonly name: string;
  readonly directory: string;
  /** What an interrupted run needs to go on. */
  readonly checkpointFolder: string;
  /** Whether an interrupted run with the same options and pictures was found here. */
  readonly resumed: boolean;
}

/** The file that marks a folder as a run of ours, finished or not. */
const marker = path.join('checkpoint', 'identity.json');

/**
 * Chooses and prepares the run folder: --out, else runs/<name>. Without --out a finished run is never touched: the
 * name gets a number. An unfinished one of the same identity (options, pictures, weights) is gone on with, of another
 * identity it is replaced.
 *
 * @throws UserError when --out is a folder with other things in it, or no folder.
 */
export function openRunFolder(options: ResolvedOptions, identity: unknown): RunFolder {
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const directory = options.out ? path.resolve(options.out) : freeRunFolder(options, digest);
  if (options.out) checkOutFolder(options.out, directory);
  const checkpointFolder = path.join(directory, 'checkpoint');
  const resumed = identityOf(directory) === digest && !isFinished(directory);
  if (!resumed) {
    fs.rmSync(checkpointFolder, { recursive: true, force: true });
    // without it the folder's other files do not count as a finished run any more
    fs.rmSync(path.join(directory, 'metrics.json'), { force: true });
  }
  fs.mkdirSync(checkpointFolder, { recursive: true });
  fs.writeFileSync(path.join(directory, marker), JSON.stringify({ identity: digest }));
  return { name: path.basename(directory), directory, checkpointFolder, resumed };
}

function freeRunFolder(options: ResolvedOptions, digest: string): string {
  const name = options.name ?? `${path.basename(path.resolve(options.data))}-${options.base}`;
  for (let number = 1; ; number++) {
    const directory = path.resolve('runs', number === 1 ? name : `${name}-${number}`);
    if (!fs.existsSync(directory)) return directory;
    if (!isFinished(directory) && identityOf(directory) === digest) return directory;
  }
}

function checkOutFolder(given: string, directory: string): void {
  if (!fs.existsSync(directory)) return;
  if (!fs.statSync(directory).isDirectory()) {
    throw new UserError(`Expected --out to be a folder but '${given}' is a file. Choose another name.`);
  }
  const empty = fs.readdirSync(directory).length === 0;
  if (!empty && identityOf(directory) === undefined) {
    throw new UserError(
      `Expected --out to be a new or empty folder, or an earlier run, but '${given}' holds other files. Choose another.`,
    );
  }
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
  return fs.existsSync(path.join(directory, 'checkpoint', 'finished'));
}

/** Marks a run as complete; from now on only an explicit --out replaces it. */
export function finishRunFolder(run: RunFolder): void {
  fs.writeFileSync(path.join(run.checkpointFolder, 'finished'), '');
}
