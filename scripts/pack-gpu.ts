/**
 * Packs what a bare x86-64 Linux machine with an NVIDIA card needs to run this checkout, in pieces small enough for
 * transfers that limit a file's size. The machine needs a driver, sh and tar: no network, no compiler, no Node, no Python.
 *
 *     npx tsx scripts/pack-gpu.ts OUT [--piece 60] [--level 12] [--stand-ins] [--extra FOLDER]…
 *
 *     there:  sh OUT/unpack.sh PLACE
 *             PLACE/run node dist/run.js doctor
 *             PLACE/run node --import tsx bench/run.ts gpu --json
 *
 * Packed are Node, the checkout's tracked files with node_modules and dist, TensorFlow's library for GPUs with the addon,
 * and the CUDA 12 libraries that it opens: the runtime, cuBLAS, cuDNN and NVRTC (which cuDNN compiles some kernels with),
 * cuFFT, cuSOLVER, cuSPARSE and nvJitLink (which the last two need). Each `--extra` folder comes to lie in PLACE/extra.
 *
 * `--stand-ins`: TensorFlow opens cuFFT, cuSOLVER and cuSPARSE when it looks for a card, only to know that they are there,
 * and calls them for Fourier transforms, linear systems and sparse matrices, which no network here has. Empty libraries of
 * the same names take their place then, for a trial with 0.9 GB less to carry. A program that does call one of them ends.
 *
 * `--piece`: megabytes; `--level`: zstd's, 1 to 19.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../src/runtime/errors.js';
import { addonFile, buildAddon, findCompiler } from '../src/runtime/install/addon.js';
import { findPip } from '../src/runtime/install/pip.js';
import { installRelease, missingFiles, releaseFolder } from '../src/runtime/install/release-folder.js';
import { gpuRelease, type Release } from '../src/runtime/install/releases.js';
import { scriptArguments } from './helpers/arguments.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Opened, not called: the library's name, and the folder of TensorFlow's search path that it is found in. */
const standIns = [
  ['libcufft.so.11', 'cufft'],
  ['libcusolver.so.11', 'cusparse'],
  ['libcusparse.so.12', 'cusparse'],
] as const;
/** Parts that nothing else needs once these have stand-ins. */
const replaced = ['cufft', 'cusolver', 'cusparse', 'nvjitlink'].map((part) => `nvidia/${part}`);

const { positionals, values } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    piece: { type: 'string', default: '60' },
    level: { type: 'string', default: '12' },
    'stand-ins': { type: 'boolean', default: false },
    extra: { type: 'string', multiple: true, default: [] },
  },
});
const [out] = positionals;
if (out === undefined || positionals.length > 1) {
  throw new UserError(`Expected one folder to write to but received ${positionals.length}. See --help.`);
}
const megabytes = wholeNumber('--piece', values.piece, 1, 10_000);
const level = wholeNumber('--level', values.level, 1, 19);
for (const folder of values.extra) {
  if (!fs.existsSync(folder)) throw new UserError(`Expected a folder for --extra but '${folder}' is none.`);
}
for (const tool of ['tar', 'zstd', 'split', 'sha256sum']) {
  if (spawnSync(tool, ['--version']).error) {
    throw new UserError(`Expected the program '${tool}' but there is none: install it.`);
  }
}
const pieces = path.resolve(out, 'pieces');
if (fs.existsSync(pieces)) throw new UserError(`Expected a new folder but '${pieces}' is there: remove it.`);
const compiler = await findCompiler();
if ('missing' in compiler) throw new UserError(`Expected a C++ compiler but ${compiler.missing}.`);

// Beside the pieces, so that packing again, as with another size, does not bring the wheels again.
const work = path.resolve(out, 'work', values['stand-ins'] ? 'stand-ins' : 'whole');
const release = await bringRelease(compiler.found);
fs.mkdirSync(pieces, { recursive: true });
packTools();
packProgram();
pack(
  'tensorflow',
  work,
  inCache(['files.json', 'tensorflow', path.basename(path.dirname(addonFile(release)))]),
);
for (const part of fs.readdirSync(path.join(release, 'nvidia')).sort()) {
  pack(part, work, inCache([`nvidia/${part}`]));
}
for (const folder of values.extra) {
  const [above, name] = [path.dirname(path.resolve(folder)), path.basename(path.resolve(folder))];
  pack(`extra-${name}`, above, [name], 'extra/');
}
writeUnpack();

/** The release in the cache of the machine that it is unpacked on, laid out in `work` as it will lie there. */
async function bringRelease(compilerFound: string): Promise<string> {
  const cache = path.join(work, 'cache', 'tensorflow');
  const wanted: Release = values['stand-ins']
    ? {
        ...gpuRelease,
        links: {},
        wheels: gpuRelease.wheels.filter((wheel) => !replaced.includes(wheel.folder)),
      }
    : gpuRelease;
  const folder = releaseFolder(wanted, cache);
  if (missingFiles(wanted, cache)?.length !== 0) {
    const pip = await findPip();
    if ('missing' in pip) throw new UserError(`Expected Python with pip but ${pip.missing}.`);
    await installRelease(wanted, cache, pip.found, (event) => {
      if ('message' in event) say(event.message);
    });
  }
  if (values['stand-ins']) for (const [name, part] of standIns) writeStandIn(folder, name, part);
  if (!fs.existsSync(addonFile(folder))) {
    await buildAddon(folder, compilerFound, (event) => {
      if ('message' in event) say(event.message);
    });
  }
  return folder;

  function writeStandIn(place: string, name: string, part: string): void {
    const library = path.join(place, 'nvidia', part, 'lib', name);
    fs.mkdirSync(path.dirname(library), { recursive: true });
    const options = ['-x', 'c++', '-', '-shared', '-fPIC', `-Wl,-soname,${name}`, '-o', library];
    execFileSync(compilerFound, options, { input: 'extern "C" int finetune_stand_in() { return 0; }' });
  }
}

function inCache(names: readonly string[]): string[] {
  return names.map((name) => path.relative(work, path.join(release, name)));
}

/** zstd itself, for machines that have none, with the libraries that it needs besides the C library. */
function packTools(): void {
  const zstd = execFileSync('sh', ['-c', 'command -v zstd'], { encoding: 'utf8' }).trim();
  const needed = [...execFileSync('ldd', [zstd], { encoding: 'utf8' }).matchAll(/=> (\/\S+)/g)]
    .map(([, file]) => file!)
    .filter((file) => !/\/(libc|libm|libpthread|libdl|ld-linux[^/]*)\.so/.test(file));
  const folder = path.join(work, 'tools');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const file of [zstd, ...needed]) {
    fs.copyFileSync(fs.realpathSync(file), path.join(folder, path.basename(file)));
  }
  execFileSync('tar', ['-C', work, '-cf', path.join(pieces, 'tools.tar'), 'tools']);
}

function packProgram(): void {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const built = ['node_modules', 'dist'].filter((name) => fs.existsSync(path.join(root, name)));
  const present = tracked.filter((file) => file !== '' && fs.existsSync(path.join(root, file)));
  pack('checkout', root, [...present, ...built], 'finetune/');
  const node = fs.realpathSync(process.execPath);
  pack('node', path.dirname(node), [path.basename(node)], 'node/bin/');
}

/** Files of `folder` as pieces of one compressed archive, in which their names begin with `prefix`. */
function pack(name: string, folder: string, files: readonly string[], prefix = ''): void {
  const list = path.join(work, 'files.txt');
  fs.writeFileSync(list, files.map((file) => `${file}\0`).join(''));
  const script = `set -o pipefail
    tar -C "$1" --null --files-from="$2" --transform="flags=rSh;s,^,$3," -c |
    zstd -q -T0 --long=27 -"$4" |
    split -b "$5" -d -a 3 - "$6"`;
  const target = path.join(pieces, `${name}.tar.zst.`);
  execFileSync(
    'bash',
    ['-c', script, 'pack', folder, list, prefix, `${level}`, `${megabytes * 1e6}`, target],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const own = fs.readdirSync(pieces).filter((file) => file.startsWith(`${name}.tar.zst.`));
  const bytes = own.reduce((sum, file) => sum + fs.statSync(path.join(pieces, file)).size, 0);
  say(`${name}: ${(bytes / 1e6).toFixed(0)} MB in ${own.length} ${own.length === 1 ? 'piece' : 'pieces'}`);
}

function writeUnpack(): void {
  const sums = execFileSync('sh', ['-c', 'sha256sum *'], { cwd: pieces, encoding: 'utf8' });
  fs.writeFileSync(path.join(pieces, 'SHA256SUMS'), sums);
  const script = `#!/bin/sh
# Usage: sh unpack.sh PLACE    (written by scripts/pack-gpu.ts)
set -e
[ $# = 1 ] || { echo "Expected one folder to unpack to but received $#." >&2; exit 2; }
pieces=$(cd "$(dirname "$0")/pieces" && pwd)
mkdir -p "$1"
place=$(cd "$1" && pwd)
if command -v sha256sum >/dev/null; then (cd "$pieces" && sha256sum --quiet -c SHA256SUMS); fi
tar -C "$place" -xf "$pieces/tools.tar"
for first in "$pieces"/*.tar.zst.000; do
  archive=\${first%.000}
  echo "$(basename "$archive" .tar.zst)"
  cat "$archive".[0-9][0-9][0-9] | LD_LIBRARY_PATH="$place/tools" "$place/tools/zstd" -q -d --long=27 -c | tar -C "$place" -x
done
cat > "$place/run" <<'END'
#!/bin/sh
# A command in the checkout, with the Node and the TensorFlow that were unpacked: ./run node dist/run.js --help
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$here/node/bin:$PATH" FINETUNE_CACHE="$here/cache"
cd "$here/finetune" && exec "$@"
END
chmod +x "$place/run"
`;
  fs.writeFileSync(path.resolve(out!, 'unpack.sh'), script);
  const files = fs.readdirSync(pieces);
  const bytes = files.reduce((sum, file) => sum + fs.statSync(path.join(pieces, file)).size, 0);
  say(`${files.length} files, ${(bytes / 1e9).toFixed(2)} GB, in ${pieces}. There: sh unpack.sh PLACE`);
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UserError(`Expected a whole number from ${least} to ${most} for ${flag} but received '${text}'.`);
}

function say(line: string): void {
  console.log(line);
}
