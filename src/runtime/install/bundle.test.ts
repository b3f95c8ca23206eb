import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../../test/helpers/scratch.js';
import { addonFile, buildAddon } from './addon.js';
import { installFromBundle, writeBundle } from './bundle.js';
import { openAddon } from './open-addon.js';
import { type Lock, tryLock } from '../lock.js';

vi.mock('./open-addon.js', () => ({ openAddon: vi.fn(() => Promise.resolve({})) }));
vi.mock('./addon.js', async (original) => ({
  ...(await original<typeof import('./addon.js')>()),
  findCompiler: () => Promise.resolve({ found: 'g++', version: '' }),
  buildAddon: vi.fn(),
}));

const { scratch } = scratchFolders();
const write = (file: string, content: string) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
};
const silent = () => undefined;
let bundle: string;
let there: string;

/** Made on one machine, with its own cache; the tests go on with another, empty one. */
beforeEach(async () => {
  const here = scratch();
  vi.stubEnv('FINETUNE_CACHE', here);
  const release = path.join(here, 'tensorflow', 'cpu-9');
  write(path.join(release, 'tensorflow', 'library.so'), 'library');
  write(addonFile(release), 'addon');
  fs.symlinkSync('tensorflow', path.join(release, 'linked'));
  const weights = path.join(here, 'weights', 'some.safetensors');
  write(weights, 'weights');
  bundle = scratch();
  expect(await writeBundle(bundle, release, [weights], silent)).toEqual({ files: 3, bytes: 19 });
  there = scratch();
  vi.stubEnv('FINETUNE_CACHE', there);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
});

test('what one machine has is there on another, links and weights among it', async () => {
  const release = path.join(there, 'tensorflow', 'cpu-9');
  write(path.join(release, 'damaged'), 'before');
  expect(await installFromBundle(bundle, silent)).toEqual({ release, weights: 1 });
  expect(fs.readFileSync(path.join(release, 'linked', 'library.so'), 'utf8')).toBe('library');
  expect(fs.readFileSync(addonFile(release), 'utf8')).toBe('addon');
  expect(fs.existsSync(path.join(release, 'damaged'))).toBe(false);
  expect(fs.readFileSync(path.join(there, 'weights', 'some.safetensors'), 'utf8')).toBe('weights');
  expect(fs.readdirSync(there).sort()).toEqual(['tensorflow', 'weights']);
  expect(buildAddon).not.toHaveBeenCalled();
});

test('an addon that does not open there is compiled there, before the release that was there goes', async () => {
  const before = path.join(there, 'tensorflow', 'cpu-9', 'before');
  write(before, '');
  vi.mocked(openAddon).mockRejectedValueOnce(new Error('GLIBC_2.99'));
  vi.mocked(buildAddon).mockImplementationOnce((release) => {
    expect(fs.existsSync(before)).toBe(true);
    write(addonFile(release), 'compiled');
    return Promise.resolve();
  });
  const { release } = await installFromBundle(bundle, silent);
  expect(fs.readFileSync(addonFile(release), 'utf8')).toBe('compiled');
  expect(fs.existsSync(before)).toBe(false);
});

test('where it can be neither opened nor compiled, the release that was there stays', async () => {
  const before = path.join(there, 'tensorflow', 'cpu-9', 'before');
  write(before, '');
  vi.mocked(openAddon).mockRejectedValueOnce(new Error('GLIBC_2.99'));
  vi.mocked(buildAddon).mockRejectedValueOnce(new Error('it has no header'));
  await expect(installFromBundle(bundle, silent)).rejects.toThrow('it has no header');
  expect(fs.readdirSync(path.dirname(before))).toEqual(['before']);
  expect(fs.existsSync(path.join(there, 'bundle.partial'))).toBe(false);
});

test('what another process sets up meanwhile is waited for', async () => {
  const lock = await tryLock(path.join(there, 'tensorflow', 'setup.lock'));
  const told: string[] = [];
  const installed = installFromBundle(bundle, (progress) => {
    if (progress.kind === 'note') told.push(progress.message);
  });
  await vi.waitFor(() => expect(told).toEqual(['Waiting for another process that sets up TensorFlow']));
  expect(fs.existsSync(path.join(there, 'weights'))).toBe(false);
  await (lock as Lock).release();
  await installed;
  expect(fs.existsSync(path.join(there, 'weights'))).toBe(true);
});

test('a file that was damaged on the way is named, and nothing is put in place', async () => {
  fs.appendFileSync(path.join(bundle, 'weights', 'some.safetensors'), 'x');
  await expect(installFromBundle(bundle, silent)).rejects.toThrow(
    /^Expected '.*some\.safetensors' with SHA-256 [0-9a-f]{64} but it is not so: .* Copy the bundle again\.$/,
  );
  expect(fs.readdirSync(there)).toEqual([]);
});

test.each([
  ['another kind of machine', { platform: 'vax-1' }, /but '.*' has .* for vax-1/],
  ['a way out of the cache', { files: [{ path: '../x', bytes: 1, sha256: '' }] }, /names '\.\.\/x'/],
  [
    'a way out in the middle',
    { files: [{ path: 'weights/../../x', bytes: 1, sha256: '' }] },
    /names 'weights/,
  ],
  ['a release outside', { release: '../cpu-9' }, /names '\.\.\/cpu-9'/],
  ['a release beneath another', { release: 'tensorflow/cpu-9/x' }, /names 'tensorflow\/cpu-9\/x'/],
  ['a link to anywhere', { links: [{ path: 'weights/x', to: '/etc' }] }, /names 'weights\/x → \/etc'/],
  ['a link out', { links: [{ path: 'weights/x', to: '../../y' }] }, /names 'weights\/x → \.\./],
  [
    'a link out through another',
    { links: [{ path: 'weights/x', to: 'linked/../y' }] },
    /names 'weights\/x → linked\/\.\.\/y'/,
  ],
  [
    'a link beneath a link',
    {
      links: [
        { path: 'weights/x', to: 'y' },
        { path: 'weights/x/z', to: 'y' },
      ],
    },
    /names 'weights\/x\/z'/,
  ],
  [
    'a file beneath a link',
    { links: [{ path: 'tensorflow/cpu-9/tensorflow', to: '../../weights' }] },
    /names 'tensorflow\/cpu-9\/tensorflow\//,
  ],
])('refused: %s', async (_, change, message) => {
  const file = path.join(bundle, 'bundle.json');
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
  fs.writeFileSync(file, JSON.stringify({ ...record, ...change }));
  await expect(installFromBundle(bundle, silent)).rejects.toThrow(message);
});
