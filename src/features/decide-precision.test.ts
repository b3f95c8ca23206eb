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
import { modelSpec } from '../models/registry.js';

const { scratch } = scratchFolders();
const decode = { height: 16, width: 16, channels: 3, resize: 'squash' } as const;
const train: Picture[] = [];
let cache = '';

beforeAll(async () => {
  const folder = scratch();
  for (let i = 0; i < 20; i++) {
    const file = path.join(folder, `${i}.png`);
    fs.writeFileSync(file, await pictureBytes(i));
    train.push({
      path: `${i}.png`,
      file,
      label: 0,
      digest: createHash('sha256').update(fs.readFileSync(file)).digest('hex'),
    });
  }
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
