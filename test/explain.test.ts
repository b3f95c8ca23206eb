/** `finetune explain` as a program, on a made-up run and the drawn sample; and on a real network of the zoo. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../src/recipes/explain.js';
import { saveClassifier } from '../src/runs/classifier.js';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';
import { smallClassifier } from './helpers/small-classifier.js';

const shared = process.env['FINETUNE_SHARED'];
const sample = fileURLToPath(new URL('../data/pets/test', import.meta.url));
const pictures = ['bird/001.jpg', 'cat/002.jpg', 'dog/003.jpg'].map((file) => path.join(sample, file));
const { scratch } = scratchFolders();

const explain = (run: string, ...args: string[]) => finetune(['explain', run, ...args, '--device', 'cpu']);

describe('explain, on a run', () => {
  let run: string;
  let folder: string;
  let out: string;

  beforeAll(async () => {
    folder = scratch();
    run = path.join(folder, 'run');
    out = path.join(folder, 'sheet.png');
    fs.mkdirSync(run);
    await saveClassifier(path.join(run, 'model'), smallClassifier());
  });

  test('every map adds up and carries its verdict; the sheet is a PNG', async () => {
    const { code, stdout, stderr } = await explain(run, ...pictures, '--json', '--out', out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { method, layer, pictures: explained } = JSON.parse(stdout) as Explanation;
    expect([method, layer]).toEqual(['class activation map', 'conv3']);
    expect(explained.map((one) => one.path)).toEqual(pictures);
    for (const { completenessError, question, answer, stages, verdict } of explained) {
      expect(completenessError).toBeLessThan(1e-4);
      expect(question.class).toBe(answer.label);
      expect(stages.at(-1)!.downTo).toBe('conv1');
      expect(verdict.passes).toBe(verdict.faults.length === 0);
    }
    const { format, width, height } = await sharp(out).metadata();
    expect(format).toBe('png');
    expect(Math.min(width, height)).toBeGreaterThan(600);
  });

  test('the checks over many pictures, as text', async () => {
    const { code, stdout } = await explain(run, path.join(sample, 'bird/01*.jpg'), '--check', '--out', out);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Checks over 10 pictures/);
    expect(stdout).toMatch(/the last 4, down to conv1 +-?0\.\d+ +-?0\.\d+ to -?0\.\d+/);
    expect(stdout).toMatch(/shown first, over a centre blob +-?0\.\d+/);
  });

  test('one class rather than another', async () => {
    const asked = ['--class', 'cat', '--rather-than', 'dog'];
    const { stdout } = await explain(run, pictures[1]!, ...asked, '--json', '--out', out);
    const [picture] = (JSON.parse(stdout) as Explanation).pictures;
    expect(picture!.question).toEqual({ class: 'cat', ratherThan: 'dog' });
    expect(picture!.completenessError).toBeLessThan(1e-4);
    expect(picture!.probability).toBeCloseTo(1 / (1 + Math.exp(-picture!.score)), 9);
  });

  test.each([
    [
      ['--class', 'cats'],
      /--class to be a class of bird, cat, dog, rabbit but received 'cats'. Did you mean 'cat'/,
    ],
    [['--class', 'cat', '--rather-than', 'cat'], /two classes but both are 'cat'/],
    [['--layer', 'logits'], /'logits' has no places/],
    [['--out', 'sheet.jpg'], /--out to be a PNG/],
  ])('%s is a mistake that can be mended', async (args, message) => {
    const { code, stderr } = await explain(run, pictures[0]!, '--out', out, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('a machine without fonts is told of', async () => {
    const fonts = path.join(folder, 'fonts.conf');
    fs.writeFileSync(fonts, '<fontconfig><dir>/nowhere</dir></fontconfig>');
    const args = ['explain', run, pictures[0]!, '--json', '--out', out, '--device', 'cpu'];
    const { code, stderr } = await finetune(args, { environment: { FONTCONFIG_FILE: fonts } });
    expect(code).toBe(0);
    expect(stderr).toContain('No fonts were found');
  });

  test('a broken picture is told, the others are explained', async () => {
    const broken = path.join(folder, 'broken.jpg');
    fs.writeFileSync(broken, 'no picture');
    const { code, stdout, stderr } = await explain(run, broken, pictures[0]!, '--json', '--out', out);
    expect(code).toBe(2);
    expect(stderr).toContain('broken.jpg was left out');
    expect((JSON.parse(stdout) as Explanation).pictures).toHaveLength(1);
  });
});

test.skipIf(!shared)(
  'a real network: its map adds up and depends on its weights (needs FINETUNE_SHARED)',
  async () => {
    const folder = path.join(shared!, 'datasets', 'pets', 'test', 'Abyssinian');
    const files = fs.readdirSync(folder).slice(0, 3);
    const { code, stdout } = await finetune(
      ['explain', 'squeezenet', ...files.map((file) => path.join(folder, file))].concat([
        '--json',
        '--device',
        'cpu',
        '--out',
        path.join(scratch(), 'sheet.png'),
      ]),
      { environment: { FINETUNE_ZOO: path.join(shared!, 'weights') } },
    );
    expect(code).toBe(0);
    const { pictures: explained } = JSON.parse(stdout) as Explanation;
    const last = explained.map(({ stages }) => stages.at(-1)!.correlation);
    for (const { completenessError } of explained) expect(completenessError).toBeLessThan(1e-4);
    expect(Math.abs(last.reduce((a, b) => a + b) / last.length)).toBeLessThan(0.5);
  },
);
