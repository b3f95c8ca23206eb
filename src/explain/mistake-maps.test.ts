import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { madeUpRun } from '../../test/helpers/made-up-run.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { smallClassifier } from '../../test/helpers/small-classifier.js';
import type { NamedTensor } from '../formats/tensors.js';
import type { SavedClassifier } from '../runs/classifier.js';
import { cacheFolder } from '../runtime/cache.js';
import { Random } from '../runtime/random.js';
import { surestMistakes } from '../evaluation/mistakes.js';
import { reportPage } from '../report/page.js';
import { tf } from '../runtime/tensorflow.js';
import { mistakeMaps } from './mistake-maps.js';

const { scratch } = scratchFolders();

test('both maps of each mistake that can be read, checked with random weights, and nothing left behind', async () => {
  const file = path.join(scratch(), 'a.png');
  await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a06040' } }).toFile(file);
  const mistakes = [
    { path: 'a.png', file, said: 0, truth: 1 },
    { path: 'gone.png', file: `${file}.gone`, said: 1, truth: 0 },
  ];
  const before = tf.memory().numTensors;
  const found = (await mistakeMaps(smallClassifier(), mistakes, { seed: 0 }))!;
  expect(tf.memory().numTensors).toBe(before);
  expect([found.method, found.layer, [...found.maps.keys()]]).toEqual([
    'class activation map',
    'conv3',
    ['a.png'],
  ]);
  expect((await sharp(found.maps.get('a.png')!.truth).metadata()).format).toBe('jpeg');
  const { curves, faults } = found.maps.get('a.png')!;
  expect(curves.deletion.random).toBeGreaterThan(0);
  expect(faults).toContain('no better than a centre blob'); // of a single colour, blurred or not
  expect(Math.abs(found.randomWeights.all)).toBeLessThanOrEqual(1);
  expect(await mistakeMaps(smallClassifier(), mistakes.slice(1), { seed: 0 })).toBeUndefined();
  expect(fs.existsSync(file)).toBe(true);
});

describe('what the base makes of mistaken pictures', () => {
  const withHead = (seed: number): SavedClassifier => {
    const saved = smallClassifier();
    const random = new Random(seed);
    const { shape, data } = saved.weights.get('logits/kernel')!;
    const head = { shape, data: data.map(() => random.normal()) };
    return { ...saved, weights: new Map([...saved.weights, ['logits/kernel', head]]) };
  };
  const mistakesIn = async (folder: string) => {
    const files = ['one', 'two', 'three'].map((name) => path.join(folder, `${name}.png`));
    for (const [i, file] of files.entries()) {
      const noise = { type: 'gaussian', mean: 100 + 20 * i, sigma: 60 } as const;
      await sharp({ create: { width: 40, height: 30, channels: 3, background: '#000', noise } }).toFile(file);
    }
    return files.map((file, i) => ({ path: path.basename(file), file, said: i, truth: i + 1 }));
  };
  afterEach(() => vi.unstubAllEnvs());

  test('is kept for another head, and changes nothing in what is said', async () => {
    vi.stubEnv('FINETUNE_CACHE', scratch());
    const mistakes = await mistakesIn(scratch());
    const of = (head: number, some = mistakes, cache = true) =>
      mistakeMaps(withHead(head), some, { seed: 0, keeping: { key: { of: 'small' }, cache } });
    const before = tf.memory().numTensors;
    const alone = await of(2, mistakes, false);
    expect(fs.existsSync(cacheFolder('features'))).toBe(false);
    await of(1, mistakes.slice(1));
    expect(await of(2)).toEqual(alone);
    expect(await of(2)).toEqual(alone);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('opens no network for what is known, and does for another base', async () => {
    vi.stubEnv('FINETUNE_CACHE', scratch());
    const mistakes = await mistakesIn(scratch());
    const saved = withHead(1);
    const keeping = { key: { of: 'small' }, cache: true };
    const first = await mistakeMaps(saved, mistakes, { seed: 0, keeping });
    const { network, weights } = saved;
    const lost = new Map([...weights].map(([name, one]) => [name, name === 'conv1/kernel' ? nan(one) : one]));
    expect(await mistakeMaps({ ...saved, network, weights: lost }, mistakes, { seed: 0, keeping })).toEqual(
      first,
    );
    const other = { ...keeping, key: { of: 'another base' } };
    const anew = await mistakeMaps({ ...saved, weights: lost }, mistakes, { seed: 0, keeping: other });
    expect(anew).not.toEqual(first);
  });
});

function nan({ shape, data }: NamedTensor): NamedTensor {
  return { shape, data: data.map(() => Number.NaN) };
}

test.each([
  [{ lastLayer: 0.1, all: 0 }, [], /The maps depend on what was learned/],
  [{ lastLayer: 0.95, all: 0 }, ['alike for whatever class'], /Don’t trust the maps here/],
])('the report says whether to trust them: %o', async (randomWeights, faults, words) => {
  const run = madeUpRun({ labels: ['a', 'b'], perClass: 40, accuracy: 0.9 });
  const [surest] = surestMistakes(run.transferred.predictions, 1);
  const jpeg = Uint8Array.of(255, 216);
  const curves = {
    deletion: { map: 0.5, random: 0.62, centre: 0.4 },
    insertion: { map: 0.6, random: 0.5, centre: 0.5 },
  };
  const page = await reportPage({
    ...run,
    mistakeMaps: {
      method: 'class activation map',
      layer: 'conv3',
      randomWeights,
      maps: new Map([[surest!.path, { said: jpeg, truth: jpeg, curves, faults }]]),
    },
    nearest: new Map([[surest!.path, [{ path: 'train/<b>.jpg', label: 1, similarity: 0.5 }]]]),
  });
  expect(page).toMatch(words);
  expect(page).toMatch(/take \+12\spoints more .* and −10 more than the middle/);
  expect(page).toContain(`${1 - faults.length} of 1 pass all checks`);
  for (const fault of faults) expect(page).toContain(fault);
  expect(page).toContain('nearest: ');
  expect(page).not.toContain('<b>.jpg');
});
