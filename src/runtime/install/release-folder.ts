import fs from 'node:fs';
import { mkdtemp, readdir, rename, rm, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { byteSize } from '../byte-size.js';
import { makeFolder } from '../make-folder.js';
import { writeFileAtomic } from '../atomic-file.js';
import { nativeFile } from './packages.js';
import { downloadWheel } from './pip.js';
import type { OnSetupProgress } from './setup-progress.js';
import type { Release, Wheel } from './releases.js';
import { complaint, runCommand } from './run-command.js';

const manifestName = 'files.json';
/** Path in the release → bytes. */
type Manifest = Record<string, number>;

/** Where a release lies once it is in place. */
export function releaseFolder(release: Release, tensorflowCache: string): string {
  return path.join(tensorflowCache, release.name);
}

/** Whether every file of a release is in place at its full size. Takes well under a millisecond. */
export function isReleaseInPlace(release: Release, tensorflowCache: string): boolean {
  return missingFiles(release, tensorflowCache)?.length === 0;
}

/** The files of a release that are absent or not of their full size; undefined when there is no such release. */
export function missingFiles(release: Release, tensorflowCache: string): string[] | undefined {
  const folder = releaseFolder(release, tensorflowCache);
  const manifest = path.join(folder, manifestName);
  if (!fs.existsSync(manifest)) return undefined;
  return Object.entries(JSON.parse(fs.readFileSync(manifest, 'utf8')) as Manifest)
    .filter(([file, size]) => fs.statSync(path.join(folder, file), { throwIfNoEntry: false })?.size !== size)
    .map(([file]) => file);
}

/**
 * Brings a release into the cache. It is assembled in a folder beside its place and renamed when whole; what an
 * interrupted set-up had finished of it (wheels downloaded, wheels unpacked) is not done again.
 *
 * To be called by one process at a time.
 *
 * @throws Error when there is no room, pip fails, or a wheel is not the pinned one.
 */
export async function installRelease(
  release: Release,
  tensorflowCache: string,
  python: string,
  onProgress: OnSetupProgress,
): Promise<void> {
  const folder = releaseFolder(release, tensorflowCache);
  const assembly = `${folder}.partial`;
  const downloads = path.join(tensorflowCache, 'downloads');
  makeFolder(assembly);
  await removeFoldersIn(downloads);
  const missing = release.wheels.filter((wheel) => !fs.existsSync(path.join(assembly, wheel.folder)));
  await checkRoom(release, missing, tensorflowCache);
  for (const wheel of missing) {
    const file = await downloadWheel(python, wheel, downloads, onProgress);
    onProgress({ kind: 'note', message: `Unpacking ${wheel.title}` });
    await unpackWheel(python, wheel, file, path.join(assembly, wheel.folder));
    await rm(file);
  }
  for (const [link, to] of Object.entries(release.links)) {
    await rm(path.join(assembly, link), { force: true });
    await symlink(to, path.join(assembly, link));
  }
  await writeFileAtomic(path.join(assembly, manifestName), JSON.stringify(sizesUnder(assembly), null, 1));
  await rm(folder, { recursive: true, force: true }); // a damaged one, since it was not found to be in place
  await rename(assembly, folder);
  await rm(downloads, { recursive: true, force: true });
}

/** What killed set-ups had under way. Whole wheels are files. */
async function removeFoldersIn(downloads: string): Promise<void> {
  makeFolder(downloads);
  const entries = await readdir(downloads, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  await Promise.all(folders.map(({ name }) => rm(path.join(downloads, name), { recursive: true })));
}

/** Beside the wheel first, so that nothing half unpacked is ever in the release. */
async function unpackWheel(python: string, wheel: Wheel, file: string, place: string): Promise<void> {
  const unpacking = await mkdtemp(path.join(path.dirname(file), 'unpacking-'));
  const outcome = await runCommand(python, [
    nativeFile('unpack-wheel.py'),
    ...[file, unpacking, wheel.keeps.source],
  ]);
  if (outcome.code !== 0) throw new Error(`unpacking ${path.basename(file)}: ${complaint(outcome)}`);
  makeFolder(path.dirname(place));
  await rename(path.join(unpacking, wheel.folder), place);
  await rm(unpacking, { recursive: true });
}

/** What a release needs on disk at its worst moment: itself, and the largest wheel that is still to come. */
async function checkRoom(release: Release, missing: readonly Wheel[], folder: string): Promise<void> {
  if (missing.length === 0) return;
  const share = missing.reduce((sum, wheel) => sum + wheel.bytes, 0) / totalBytes(release);
  const needed = share * release.unpackedBytes + Math.max(...missing.map((wheel) => wheel.bytes));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) {
    throw new Error(
      `${folder} has ${byteSize(bavail * bsize)} free and ${byteSize(needed)} are needed; ` +
        'make room, or name another place in the variable FINETUNE_CACHE',
    );
  }
}

/** Bytes to download for a whole release. */
export function totalBytes(release: Release): number {
  return release.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
}

function sizesUnder(folder: string): Manifest {
  // Paths rather than entries: in Node 20.9 to 20.11 an entry does not know its folder (`parentPath`).
  return Object.fromEntries(
    (fs.readdirSync(folder, { recursive: true }) as string[])
      .filter((file) => file !== manifestName && !fs.lstatSync(path.join(folder, file)).isDirectory())
      .sort()
      .map((file) => [file, fs.statSync(path.join(folder, file)).size]),
  );
}
