/** What a stopwatch decides is decided once: for a run, and for a network on a kind of machine. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pictureBytes } from '../../test/helpers/picture-folders.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import type { Picture } from '../data/pictures.js';
import { weightsFor } from '../../test/helpers/networks.js';
import { caffeMean } from '../models/preprocessing.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { resolveOptions } from '../runs/options.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { decidePrecision, trialPictures } from './decide-precision.js';
import { choosePrecision } from './precision.js';
import { modelSpec } from '../models/registry.js';

vi.mock('./precision.js', { spy: true });

const { scratch } = scratchFolders();
const decode = { height: 16, width: 16, channels: 3, resize: 'squash' } as const;
/** Of which 20 are there in most tests; the trial of `frozen` wants 32. */
const pictures: Picture[] = [];
let train: readonly Picture[] = [];
let cache = '';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  const folder = scratch();
  for (let i = 0; i < 40; i++) {
    const file = path.join(folder, `${i}.png`);
    const bytes = await pictureBytes(i);
    fs.writeFileSync(file, bytes);
    pictures.push({ path: `${i}.png`, file, label: 0, digest: sha256(bytes) });
  }
  train = pictures.slice(0, 20);
  cache = scratch();
  vi.stubEnv('FINETUNE_CACHE', cache);
});
afterAll(() => vi.unstubAllEnvs());

const frozen = (() => {
  const net = new NetworkBuilder('small', [16, 16, 3]);
  let x = net.convolution('input', 'one', { filters: 8, kernel: 3, padding: 'same', activation: 'relu' });
  x = net.convolution(x, 'two', { filters: 16, kernel: 3, padding: 'same', activation: 'relu' });
  net.globalAverage(x, 'average');
  const network = net.build();
  return { network, weights: weightsFor(network), digest: 'made up', preprocessing: caffeMean };
})();

/** The precision chosen, and whether it was tried for; as a run with its own record, new unless given. */
async function decide(keep: boolean, ownRecord = path.join(scratch(), 'precision.json')) {
  const options = resolveOptions({ data: '.', cache: keep });
  let tried = false;
  const onProgress = () => {
    tried = true;
  };
  const pictures = { train, total: 1000 };
  const { settings, prefix } = await decidePrecision(frozen, decode, pictures, options, ownRecord, {
    onProgress,
  });
  prefix?.dispose();
  return { precision: settings.precision, tried, ownRecord };
}

const records = () =>
  fs.readdirSync(path.join(cache, 'precision')).map((name) => path.join(cache, 'precision', name));
const [slower, faster] = [99, 1].map((ms) => {
  const speed = { ms, referenceMs: 100 };
  return { int8: speed, bfloat16: speed, float16: speed };
});

test.each([
  ['vgg16', 320, 4, 4],
  ['vgg16', 224, 8, 8],
  ['efficientnet-lite0', 224, 16, 16],
  ['efficientnet-lite0', 320, 16, 8],
])('of %s at %i pixels %i pictures calibrate and %i others check', (name, side, calibrating, checking) => {
  const network = modelSpec(name).buildBase([side, side, 3]);
  const size = { height: side, width: side, channels: 3, resize: 'squash' } as const;
  expect(trialPictures({ network }, size)).toEqual({ calibrating, checking });
});

test('times taken once decide from then on, with --no-cache too', async () => {
  expect(await decide(false)).toMatchObject({ tried: true });
  const [times, ...others] = records();
  expect(others).toEqual([]);
  fs.writeFileSync(times!, JSON.stringify(slower));
  expect(await decide(false)).toMatchObject({ precision: 'float32', tried: true });
  fs.writeFileSync(times!, JSON.stringify(faster));
  expect((await decide(false)).precision).not.toBe('float32');
});

test('a run that goes on computes as it began, whatever the clock says now', async () => {
  const [times] = records();
  fs.writeFileSync(times!, JSON.stringify(faster));
  const { ownRecord, precision } = await decide(false);
  fs.writeFileSync(times!, JSON.stringify(slower));
  expect(await decide(false, ownRecord)).toEqual({ precision, tried: false, ownRecord });
});

test('records that are empty or nonsense are made anew', async () => {
  const first = await decide(true);
  for (const nonsense of ['', '{"settings":{"precision":"int7"},"reason":"x"}', '[]']) {
    for (const file of [...records(), first.ownRecord]) fs.writeFileSync(file, nonsense);
    expect(await decide(true, first.ownRecord)).toMatchObject({ tried: true });
    for (const file of [...records(), first.ownRecord]) {
      expect(Object.keys(JSON.parse(fs.readFileSync(file, 'utf8'))).length).toBeGreaterThan(0);
    }
    expect(await decide(true)).toMatchObject({ tried: false });
  }
});

test('nothing stays open when the run cannot keep the choice', async () => {
  const file = path.join(scratch(), 'a file');
  fs.writeFileSync(file, '');
  const before = nativeBinding().getNumOfSavedModels();
  await expect(decide(false, path.join(file, 'precision.json'))).rejects.toThrow('EEXIST');
  expect(nativeBinding().getNumOfSavedModels()).toBe(before);
});

test('where the cache cannot be written, --no-cache goes on without', async () => {
  const file = path.join(scratch(), 'a file');
  fs.writeFileSync(file, '');
  vi.stubEnv('FINETUNE_CACHE', file);
  expect(await decide(false)).toMatchObject({ tried: true });
  vi.stubEnv('FINETUNE_CACHE', cache);
});

/** What is decided on these pictures with int8 asked for, and how many checked and calibrated. */
async function decideOn(train: readonly Picture[]) {
  vi.mocked(choosePrecision).mockClear();
  const options = resolveOptions({ data: '.', cache: false, precision: 'int8' });
  const ownRecord = path.join(scratch(), 'precision.json');
  const decided = await decidePrecision(frozen, decode, { train, total: 1000 }, options, ownRecord, {});
  decided.prefix?.dispose();
  const [samples] = vi.mocked(choosePrecision).mock.calls.map(([, , given]) => given);
  const calibrating = samples?.calibration.reduce((sum, { count }) => sum + count, 0);
  return {
    settings: decided.settings,
    reason: decided.reason,
    checking: samples?.heldOut.count,
    calibrating,
  };
}

/** Files that are no pictures, whose digests come before those of all pictures. */
function brokenFirst(count: number): Picture[] {
  const folder = scratch();
  const lowest = pictures.map(({ digest }) => digest).sort()[0]!;
  const broken: Picture[] = [];
  for (let i = 0; broken.length < count; i++) {
    const bytes = Buffer.from(`no picture ${i}`);
    const digest = sha256(bytes);
    if (digest >= lowest) continue;
    const file = path.join(folder, `${i}.png`);
    fs.writeFileSync(file, bytes);
    broken.push({ path: `${i}.png`, file, label: 0, digest });
  }
  return broken;
}

test.each([
  [40, 16, 16],
  [32, 16, 16],
  [20, 16, 4],
  [18, 14, 4],
  [8, 4, 4],
])('of %i pictures %i check and %i calibrate', async (count, checking, calibrating) => {
  expect(await decideOn(pictures.slice(0, count))).toMatchObject({ checking, calibrating });
});

test('of fewer than eight pictures that can be decoded none is tried', async () => {
  const reason = /^float32: .* needs at least 8 training pictures that can be decoded/;
  for (const few of [pictures.slice(0, 7), [...brokenFirst(9), ...pictures.slice(0, 7)], []]) {
    const { checking, ...decided } = await decideOn(few);
    expect(decided.settings).toEqual({ precision: 'float32' });
    expect(decided.reason).toMatch(reason);
    expect(checking).toBeUndefined();
  }
});

test.each([1, 12, 40])('%i broken pictures before all others change nothing', async (count) => {
  const { settings } = await decideOn(pictures);
  const { reason: _, ...decided } = await decideOn([...brokenFirst(count), ...pictures]);
  expect(decided).toEqual({ settings, checking: 16, calibrating: 16 });
});
