/** `finetune look` as a program, on a made-up run and the drawn sample. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { saveClassifier } from '../src/runs/classifier.js';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';
import { smallClassifier } from './helpers/small-classifier.js';

const sample = fileURLToPath(new URL('../data/pets/test', import.meta.url));
const { scratch } = scratchFolders();

describe('look, on a run', () => {
  let run: string;
  let folder: string;
  const look = (...args: string[]) =>
    finetune([
      'look',
      run,
      ...args,
      '--steps',
      '3',
      '--device',
      'cpu',
      '--out',
      path.join(folder, 'look & see'),
    ]);

  beforeAll(async () => {
    folder = scratch();
    run = path.join(folder, 'run');
    fs.mkdirSync(run);
    await saveClassifier(path.join(run, 'model'), smallClassifier());
  });

  test('a page that loads nothing, and three sheets', async () => {
    const { code, stdout, stderr } = await look(path.join(sample, 'cat/00*.jpg'), '--class', 'cat');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('Expected') as string });
    expect(stdout).toMatch(/Layers: conv1, conv2, conv3\n/);
    expect(stdout).toMatch(/conv3:\d+ answers most to .*\.jpg \(/);
    const out = path.join(folder, 'look & see');
    expect(fs.readdirSync(out).sort()).toEqual(['filters.png', 'index.html', 'maps.png', 'units.png']);
    for (const sheet of ['filters', 'maps', 'units']) {
      expect((await sharp(path.join(out, `${sheet}.png`)).metadata()).format).toBe('png');
    }
    const page = fs.readFileSync(path.join(out, 'index.html'), 'utf8');
    expect(page).toContain("default-src 'none'");
    expect(page.match(/<img [^>]*>/g)!.every((one) => /src="data:image\/.*alt="[^"]+"/.test(one))).toBe(true);
  });

  test('without pictures: filters and what is drawn', async () => {
    const { code, stdout } = await look('--unit', 'conv2:3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/filters\.png.*units\.png/);
  });

  test.each([
    [['--unit', 'conv2'], /--unit to be a layer and a channel, such as conv5_3:12, but received 'conv2'/],
    [['--unit', 'conv2:8'], /--unit conv2:0 to conv2:7 but received 'conv2:8'/],
    [['--unit', 'cnv2:0'], /--unit to be a layer with a map.*Did you mean 'conv2'/],
    [['--layer', 'conv9'], /--layer to be a layer with a map/],
    [['--class', 'cats'], /Did you mean 'cat'/],
  ])('%s is a mistake that can be mended', async (args, message) => {
    const { code, stderr } = await look(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
