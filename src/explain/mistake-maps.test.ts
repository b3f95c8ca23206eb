import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { madeUpRun } from '../../test/helpers/made-up-run.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { smallClassifier } from '../../test/helpers/small-classifier.js';
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
