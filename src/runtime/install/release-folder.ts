import fs from 'node:fs';
import { mkdir, rename, rm, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../atomic-file.js';
import { downloadWheel } from './pip.js';
import type { OnSetupProgress } from './progress.js';
import type { Release, Wheel } from './releases.js';
import { extractMember, type ZipMember, zipMembers } from './zip.js';

const manifestName = 'files.json';
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
  const text = readIfThere(path.join(folder, manifestName));
  if (text === undefined) return undefined;
  const manifest = JSON.parse(text) as Manifest;
  // Names that this version needs but the one that made the folder did not are missing too.
  const named = release.wheels.flatMap(({ keeps }) => (keeps instanceof RegExp ? [] : keeps));
  return [...new Set([...Object.keys(manifest), ...named])].filter((file) => {
    const stat = fs.statSync(path.join(folder, file), { throwIfNoEntry: false });
    return stat === undefined || stat.size !== manifest[file];
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
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
  await mkdir(assembly, { recursive: true });
  removeLeftovers(downloads, (name) => name.startsWith('arriving-'));
  const missing = release.wheels.filter((wheel) => !fs.existsSync(path.join(assembly, wheel.folder)));
  await checkRoom(release, missing, tensorflowCache);
  for (const wheel of missing) {
    const file = await downloadWheel(python, wheel, downloads, onProgress);
    await unpackWheel(wheel, file, assembly, onProgress);
    await rm(file);
  }
  for (const [link, to] of Object.entries(release.links)) {
    await rm(path.join(assembly, link), { force: true });
    await symlink(to, path.join(assembly, link));
  }
  await writeFileAtomic(path.join(assembly, manifestName), JSON.stringify(sizesUnder(assembly), null, 1));
  await rm(folder, { recursive: true, force: true }); // a damaged one, since it was not found to be in place
  await rename(assembly, folder);
}

async function unpackWheel(
  wheel: Wheel,
  file: string,
  assembly: string,
  onProgress: OnSetupProgress,
): Promise<void> {
  const members = keptMembers(wheel, await zipMembers(file));
  const place = path.join(assembly, wheel.folder);
  const unpacking = `${place}.unpacking`;
  await rm(unpacking, { recursive: true, force: true });
  const total = members.reduce((sum, member) => sum + member.size, 0);
  let done = 0;
  const report = (more: number) => {
    done += more;
    onProgress({ kind: 'work', stage: `Unpacking ${wheel.title}`, done, total, unit: 'bytes' });
  };
  for (const member of members) {
    const inside = path.relative(wheel.folder, member.name);
    await extractMember(file, member, path.join(unpacking, inside), report);
  }
  await rename(unpacking, place);
}

function keptMembers({ keeps, project, version }: Wheel, members: readonly ZipMember[]): ZipMember[] {
  if (keeps instanceof RegExp) {
    const kept = members.filter((member) => keeps.test(member.name));
    if (kept.length === 0) throw new Error(`the wheel of ${project} ${version} holds no library`);
    return kept;
  }
  const byName = new Map(members.map((member) => [member.name, member]));
  return keeps.map((name) => {
    const member = byName.get(name);
    if (!member) throw new Error(`the wheel of ${project} ${version} does not hold ${name}`);
    return member;
  });
}

/** What a release needs on disk at its worst moment: itself, and the largest wheel that is still to come. */
async function checkRoom(release: Release, missing: readonly Wheel[], folder: string): Promise<void> {
  if (missing.length === 0) return;
  const share = missing.reduce((sum, wheel) => sum + wheel.bytes, 0) / totalBytes(release);
  const needed = share * release.unpackedBytes + Math.max(...missing.map((wheel) => wheel.bytes));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) {
    throw new Error(
      `${folder} has ${gigabytes(bavail * bsize)} free and ${gigabytes(needed)} are needed; ` +
        'make room, or name another place in the variable FINETUNE_CACHE',
    );
  }
}

/** Bytes to download for a whole release. */
export function totalBytes(release: Release): number {
  return release.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function sizesUnder(folder: string): Manifest {
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return Object.fromEntries(
    files
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .filter((file) => file !== manifestName)
      .sort()
      .map((file) => [file, fs.statSync(path.join(folder, file)).size]),
  );
}

function removeLeftovers(folder: string, isLeftover: (name: string) => boolean): void {
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder).filter(isLeftover)) {
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
