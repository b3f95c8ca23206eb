import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const { scratch } = scratchFolders();

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const labels = ['10', '2', '=1+1', 'K\\xe4fer', '__proto__', 'a\\x0ab'];

describe.skipIf(!shared)('names as they come', () => {
  const data = scratch();
  const run = path.join(scratch(), 'run');

  beforeAll(async () => {
    const names = ['10', '2', '=1+1', latin1('K\xe4fer'), '__proto__', 'a\nb'].map((name) =>
      Buffer.from(name),
    );
    const ants = path.join(shared!, 'datasets/hymenoptera/train/ants');
    const files = fs
      .readdirSync(ants)
      .filter((name) => name.endsWith('.jpg'))
      .sort();
    for (const [i, name] of names.entries()) {
      const folder = Buffer.concat([Buffer.from(`${data}/`), name]);
      fs.mkdirSync(folder);
      for (let j = 0; j < 4; j++) {
        const picture = Buffer.concat([folder, latin1(`/bl\xfcte${j}.jpg`)]);
        fs.copyFileSync(path.join(ants, files[4 * i + j]!), picture);
      }
    }
    fs.symlinkSync('/', path.join(data, '10/all'));
    const options = [
      '--epochs',
      '2',
      '--baseline',
      'none',
      '--precision',
      'float32',
      '--no-cache',
      '--quiet',
    ];
    const { code, stderr } = await finetune(['--data', data, '--out', run, ...options]);
    expect(stderr).toContain('10/all: a link to a folder that holds all of these, not followed');
    expect(code).toBe(0);
  });

  test('are trained as classes and written reversibly', () => {
    const lines = fs.readFileSync(path.join(run, 'labels.txt'), 'utf8').split('\n').slice(0, -1);
    expect(lines).toEqual(labels);
    const split = JSON.parse(fs.readFileSync(path.join(run, 'split.json'), 'utf8')) as {
      train: { path: string }[];
    };
    expect(split.train.map((one) => one.path)).toContainEqual(
      expect.stringMatching(/^K\\xe4fer\/bl\\xfcte\d\.jpg$/),
    );
  });

  test('are predicted, from a folder, a pattern and what a shell makes of them', async () => {
    const given = ['K*/*0.jpg', 'K\uFFFDfer/bl\uFFFDte1.jpg', 'K\\xe4fer/bl\\xfcte2.jpg'];
    const { code, stdout } = await finetune([
      'predict',
      run,
      ...given.map((name) => path.join(data, name)),
      '--csv',
    ]);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toBe(['path', 'predicted', 'unlike', ...labels].join(',').replace('=1', "'=1"));
    expect(rows.map((row) => row.split(',')[0])).toEqual(
      [0, 1, 2].map((i) => path.join(data, `K\\xe4fer/bl\\xfcte${i}.jpg`)),
    );
    expect(code).toBe(0);
    const folder = await finetune(['predict', run, data]);
    expect(folder.stderr).toContain('1 file passed over:');
    expect(folder.stdout.trimEnd().split('\n')).toHaveLength(4 * labels.length);
    expect(folder.stdout + folder.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });

  test('are evaluated in the order of the classes', async () => {
    const { stdout } = await finetune(['evaluate', run, '--data', data]);
    const rows = stdout.split('\n').slice(1, 1 + labels.length);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(labels);
  });
});
