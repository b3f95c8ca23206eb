import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../make-folder.js';
import { openAddon } from './open-addon.js';
import { nativeFile, nodeApiHeaders, tfjsPackageFolder } from './packages.js';
import type { OnSetupProgress } from './setup-progress.js';
import { complaint, runCommand } from './run-command.js';

/** A C++ compiler: `found` is its command; otherwise `missing` says why there is none. */
export type Compiler = { readonly found: string; readonly version: string } | { readonly missing: string };

export const compilerAdvice =
  'a C++ compiler (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++)';

/** Looks for a C++ compiler: $CXX, then the usual names. */
export async function findCompiler(): Promise<Compiler> {
  const own = process.env['CXX'];
  const names = own ? [own] : ['g++', 'c++', 'clang++'];
  for (const name of names) {
    const outcome = await runCommand(name, ['--version']);
    if (outcome.code === 0) return { found: name, version: outcome.stdout.split('\n')[0] ?? '' };
  }
  return { missing: own ? `$CXX is '${own}', which does not run` : `none of ${names.join(', ')} was found` };
}

const onMac = process.platform === 'darwin';
const shared = [
  '-std=c++17',
  '-O2',
  '-ftree-vectorize',
  '-w',
  '-shared',
  '-fPIC',
  '-ffp-contract=off',
  '-pthread',
  '-DNAPI_VERSION=8',
];
/**
 * On macOS Node's own functions are found when the addon is loaded, which its linker has to be told. Elsewhere the addon stays
 * until the process ends, as do threads of its own.
 */
const flags = [...shared, ...(onMac ? ['-undefined', 'dynamic_lookup'] : ['-Wl,-z,nodelete'])];
const libraries = ['cc', 'framework'].map((part) =>
  onMac ? `libtensorflow_${part}.2.dylib` : `libtensorflow_${part}.so.2`,
);
/** Ours, which the compiler reads before each source: see there what they mend. */
const readBefore = ['own-memory.h', 'own-exports.h'];
/** Relative to the addon, so that the cache can be moved or mounted elsewhere. */
const searchPath = `-Wl,-rpath,${onMac ? '@loader_path' : '$ORIGIN'}/../tensorflow`;

/** Where the addon for a release lies: its folder's name follows from the sources, so other sources get another addon. */
export function addonFile(release: string): string {
  const hash = createHash('sha256').update([...flags, ...libraries, ...readBefore, searchPath].join(' '));
  for (const file of sourceFiles()) hash.update(path.basename(file)).update(fs.readFileSync(file));
  return path.join(release, `addon-${hash.digest('hex').slice(0, 12)}`, 'tfjs_binding.node');
}

/** The package's, and ours beside them, with the headers that they read. */
function sourceFiles(): string[] {
  const theirs = path.join(tfjsPackageFolder(), 'binding');
  const filesIn = (folder: string) =>
    fs
      .readdirSync(folder)
      .sort()
      .map((name) => path.join(folder, name));
  return [...filesIn(theirs), ...filesIn(nativeFile('')).filter((file) => /\.(cc|h)$/.test(file))];
}

/**
 * Compiles the addon for the release in the folder `release`, opens it once, and only then puts it in place.
 *
 * @throws Error when the compiler fails or the addon does not work on this machine.
 */
export async function buildAddon(
  release: string,
  compiler: string,
  onProgress: OnSetupProgress,
): Promise<void> {
  const place = path.dirname(addonFile(release));
  const building = `${place}.partial`;
  await rm(building, { recursive: true, force: true });
  makeFolder(building);
  const addon = path.join(building, 'tfjs_binding.node');
  onProgress({ kind: 'note', message: 'Compiling the TensorFlow addon' });
  const compile = (more: readonly string[]) =>
    runCommand(compiler, [
      ...[...flags, ...more],
      ...['-I', nodeApiHeaders()],
      ...['-I', path.join(release, 'tensorflow', 'include')],
      ...readBefore.flatMap((header) => ['-include', nativeFile(header)]),
      ...sourceFiles().filter((file) => file.endsWith('.cc')),
      ...libraries.map((library) => path.join(release, 'tensorflow', library)),
      ...[searchPath, '-o', addon],
    ]);
  let outcome = await compile([]);
  if (outcome.code !== 0) {
    // an assembler may be older than its compiler, and know no tiles
    onProgress({ kind: 'note', message: `Compiling it without tiles (AMX), for ${complaint(outcome)}` });
    outcome = await compile(['-DFINETUNE_NO_TILES']);
  }
  if (outcome.code !== 0) throw new Error(`${compiler}: ${complaint(outcome)}`);
  await openAddon(addon);
  await rm(place, { recursive: true, force: true });
  await rename(building, place);
}
