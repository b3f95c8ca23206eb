/** The cache and fetching as a user meets them: from the command line, on odd machines. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Network } from '../src/models/network.js';
import { networkWeights } from '../src/models/network-weights.js';
import { modelSpec } from '../src/models/registry.js';
import { cacheFolder } from '../src/runtime/cache.js';
import { Random } from '../src/runtime/random.js';
import { safetensorsBytes } from '../src/formats/safetensors.js';
import { sizeOf } from '../src/formats/tensors.js';
import { type FileServer, sendsOnly, serve } from './file-server.js';
import { cacheWithTensorFlow, finetune, smallFolder } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';

const { made, scratch } = scratchFolders();
const sample = fileURLToPath(new URL('../data/pets', import.meta.url));
const directory = scratch();
const content = new Uint8Array(1000);
let server: FileServer;

beforeAll(async () => {
  server = await serve(sendsOnly(100, content, 'breaks', { etag: '"1"' }));
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const add = ['zoo', 'add', 'mine', '--base', 'squeezenet', '--url', server.url, '--digest', digest];
  expect(await finetune(add, { directory })).toMatchObject({ code: 0 });
});
afterAll(() => server.close());

/** To root, permissions mean nothing. */
const isRoot = process.getuid?.() === 0;

function inventedWeights(network: Network): Uint8Array {
  const random = new Random(1);
  return safetensorsBytes(
    new Map(
      networkWeights(network).map(({ name, shape }) => {
        const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.05 * random.normal());
        return [name, { shape, data }] as const;
      }),
    ),
  );
}

describe('zoo fetch', () => {
  const fetchInto = (cache: string, options: Parameters<typeof finetune>[1] = {}) =>
    finetune(['zoo', 'fetch', 'mine'], {
      directory,
      environment: { FINETUNE_CACHE: cache, FINETUNE_ZOO: '' },
      ...options,
    });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends on %s and leaves what came', async (signal) => {
    const cache = scratch();
    let isKilled = false;
    const outcome = await fetchInto(cache, {
      onError: (text, kill) => {
        if (isKilled || !text.includes('trying again')) return;
        isKilled = true;
        kill(signal);
      },
    });
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toContain('Run the same command again to go on from here.');
    expect(fs.readdirSync(path.join(cache, 'weights')).sort()).toEqual([
      'mine-file.part',
      'mine-file.part.version',
    ]);
  });

  test.each([
    ['a folder of the system', '/proc/finetune', 'takes no new ones (ENOENT)'],
    ['a name that is too long', `/tmp/${'a'.repeat(300)}`, '(ENAMETOOLONG)'],
    ['a folder in a file', '/etc/hostname/cache', '(EEXIST)'],
  ])('into %s is a mistake of the user', async (_, cache, reason) => {
    const { code, stderr } = await fetchInto(cache);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^finetune: Expected to make the folder '.*' but .* FINETUNE_CACHE names another/);
    expect(stderr).toContain(reason);
  });

  test.skipIf(isRoot)('into a folder without permission is a mistake of the user', async () => {
    const cache = scratch();
    fs.chmodSync(cache, 0o555);
    const { code, stderr } = await fetchInto(cache);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('(EACCES)') });
  });

  test("of a network leaves the project's own entries alone, even damaged ones", async () => {
    const environment = { FINETUNE_CACHE: scratch(), FINETUNE_ZOO: '' };
    const { stderr } = await finetune(['zoo', 'fetch', 'squeezenet', '--offline'], {
      directory,
      environment,
    });
    expect(stderr).toContain('Expected the weights squeezenet or squeezenet-torchvision from');
    expect(stderr).not.toContain('mine');
  });
});

describe('stored features that are damaged while a run is at work', () => {
  test('are extracted anew, and the run comes to its end', async () => {
    vi.stubEnv('FINETUNE_CACHE', cacheWithTensorFlow(scratch()));
    const weights = path.join(scratch(), 'squeezenet.safetensors');
    fs.writeFileSync(weights, inventedWeights(modelSpec('squeezenet').build()));
    const data = smallFolder(sample, ['cat', 'dog'], { train: 8, test: 4 });
    made.push(data);
    const { runFinetune } = await import('../src/recipes/finetune.js');
    const options = { data, weights, base: 'squeezenet', out: path.join(scratch(), 'run'), epochs: 1 };
    const warnings: string[] = [];
    let isDamaged = false;
    const run = await runFinetune(
      { ...options, baselineEpochs: 1, weightDecay: 0 },
      {
        onProgress: (event) => {
          if (event.kind === 'warning') warnings.push(event.message);
          if (event.kind !== 'epoch' || isDamaged) return;
          isDamaged = true;
          for (const file of segments()) {
            const descriptor = fs.openSync(file, 'r+');
            fs.writeSync(descriptor, Buffer.alloc(64, 0x7f), 0, 64, 0);
            fs.closeSync(descriptor);
          }
        },
      },
    );
    expect(warnings).toContainEqual(expect.stringMatching(/row '.*' is damaged: extracting features anew$/));
    expect(fs.existsSync(path.join(run.directory, 'metrics.json'))).toBe(true);
    for (const file of segments())
      expect(fs.readFileSync(file).subarray(0, 64)).not.toEqual(Buffer.alloc(64, 0x7f));
    vi.unstubAllEnvs();
  });

  const segments = () => {
    const root = cacheFolder('features');
    return fs
      .readdirSync(root)
      .flatMap((store) => fs.readdirSync(path.join(root, store)).map((name) => path.join(root, store, name)));
  };
});

test('zoo info names digests that are short, or missing', async () => {
  const info = async (name: string) => (await finetune(['zoo', 'info', name], { directory })).stdout;
  expect(await info('squeezenet-torchvision')).toMatch(/SHA256 beginning with [0-9a-f]{8}: 32 bits, enough/);
  expect(await info('mine')).toMatch(/\(SHA256 [0-9a-f]{64}\)/);
});
