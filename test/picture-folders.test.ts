/** What folders of pictures come to in the main job: layouts, parts, files that are no use. */
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { drawnClasses } from './helpers/drawn-pictures.js';
import { mainJob } from './helpers/main-job.js';
import { hollowPng } from './helpers/picture-folders.js';
import { jsonOf, metricsOf } from './helpers/run-files.js';

const job = mainJob();
const run = job.newRun();

beforeAll(async () => {
  fs.writeFileSync(path.join(job.data, 'train', 'cat', 'broken.jpg'), 'no picture');
  const { code, stderr } = await job.train(run);
  expect(code, stderr).toBe(0);
});

test("--split uses an earlier run's pictures again, whatever the seed", async () => {
  const out = job.newRun();
  const args = ['--epochs', '5', '--seed', '7', '--split', path.join(run, 'split.json')];
  expect(await job.train(out, args)).toMatchObject({ code: 0 });
  const partsOf = (folder: string) => {
    const { train, validation, test: held } = jsonOf(folder, 'split.json');
    return { train, validation, held };
  };
  expect(partsOf(out)).toEqual(partsOf(run));
});

test('look-alikes across the split are named with --baseline none too, and evaluate leaves them out', async () => {
  const folder = job.scratch();
  fs.cpSync(job.data, folder, { recursive: true });
  const held = path.join(job.data, 'test', 'cat', '003.jpg');
  const copy = sharp(held).resize(180).jpeg({ quality: 70 });
  await copy.toFile(path.join(folder, 'train', 'cat', 'copy.jpg'));
  const out = job.newRun();
  expect(await job.train(out, ['--data', folder])).toMatchObject({ code: 0 });
  const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
  const plain = page.replaceAll('<wbr>', '');
  for (const one of ['test/cat/003.jpg', 'train/cat/copy.jpg']) expect(plain).toContain(one);
  const { stdout } = await job.finetune(['evaluate', out, '--data', folder, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    n: 23,
    trained: { copies: 0, nearCopies: 1, included: false, told: 'all' },
  });
});

test('--strict refuses an unusable file', async () => {
  const { code, stderr } = await job.train(job.newRun(), ['--strict']);
  expect(code).toBe(2);
  expect(stderr).toContain('broken.jpg');
});

test('--out refuses a folder with other things in it', async () => {
  const { code, stderr } = await job.train(job.data);
  expect(code).toBe(2);
  expect(stderr).toContain('holds other files');
});

test('a flat folder is split three ways; odd pictures are skipped with a reason', async () => {
  const flat = job.scratch();
  for (const label of drawnClasses)
    fs.cpSync(path.join(job.data, 'train', label), path.join(flat, label), { recursive: true });
  const odd = path.join(flat, 'cat', 'odd');
  fs.mkdirSync(odd);
  const whole = path.join(job.data, 'test', 'cat', '001.jpg');
  const bytes = fs.readFileSync(whole);
  const files = {
    'truncated.jpg': bytes.subarray(0, bytes.length / 2),
    'empty.jpg': '',
    'huge.png': hollowPng(60_000, 60_000),
    'cmyk.jpg': await sharp(whole).toColourspace('cmyk').jpeg().toBuffer(),
    'deep.png': await sharp(whole).flip().toColourspace('rgb16').png().toBuffer(),
    'grey.webp': await sharp(whole).flop().greyscale().webp().toBuffer(),
    'named-wrongly.png': await sharp(whole).rotate(90).jpeg().toBuffer(),
    'turned.jpg': await sharp(whole).rotate(180).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  };
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(odd, name), content);
  const out = job.newRun();
  const { code, stderr } = await job.train(out, ['--data', flat]);
  expect(stderr).toContain('4 files skipped');
  for (const reason of [
    'broken.jpg: plain text, not a picture',
    'odd/empty.jpg: empty file',
    'odd/huge.png: ',
    'odd/truncated.jpg: damaged: ',
  ]) {
    expect(stderr).toContain(reason);
  }
  expect(code).toBe(0);
  const { train, validation, test: held } = jsonOf(out, 'split.json');
  expect([train, validation, held].flat()).toHaveLength(3 * 12 + 5);
  expect(validation.length).toBeGreaterThan(0);
  expect(held.length).toBeGreaterThan(0);
  expect(metricsOf(out).baseline).toBeUndefined();
});
