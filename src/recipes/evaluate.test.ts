/** Figures of a run are on pictures that it has not seen: the shipped LeNet-5 as a run, drawings as its pictures. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { finetune } from '../../test/helpers/command-line.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { decodePicture } from '../data/decode.js';
import { fingerprintOf } from '../data/fingerprint.js';
import { scanFolder } from '../data/scan.js';
import { splitFolder } from '../data/split.js';
import { splitRecord } from '../data/split-record.js';
import { UserError } from '../runtime/errors.js';
import { evaluateRun } from './evaluate.js';
import type { Progress } from '../runtime/progress.js';

const model = fileURLToPath(new URL('../../checkpoints/lenet5-mnist/model', import.meta.url));
const small = { height: 32, width: 32, channels: 3, resize: 'squash' } as const;
const { scratch } = scratchFolders();

/** Blobs that no two seeds have alike. */
function drawing(seed: number): Promise<Buffer> {
  const circles = Array.from({ length: 9 }, (_, i) => {
    const at = (n: number) => ((seed + 3) * (i + 2) * n * 7919) % 120;
    return `<circle cx="${at(1)}" cy="${at(2)}" r="${12 + (at(3) % 20)}" fill="rgb(${2 * at(4)},${2 * at(4)},${2 * at(4)})"/>`;
  });
  return sharp(Buffer.from(`<svg width="120" height="120">${circles.join('')}</svg>`))
    .flatten({ background: '#444' })
    .png()
    .toBuffer();
}

/** A flat folder of two classes, ten pictures each. */
async function flatFolder(): Promise<string> {
  const folder = scratch();
  for (const [label, first] of [
    ['1', 0],
    ['7', 10],
  ] as const) {
    fs.mkdirSync(path.join(folder, label));
    for (let i = first; i < first + 10; i++)
      fs.writeFileSync(path.join(folder, label, `${i}.png`), await drawing(i));
  }
  return folder;
}

/** A run that was trained on that folder, with the record of this version or of an older one. */
async function runOn(data: string, record: 'this' | 'older' | 'none'): Promise<string> {
  const run = scratch();
  fs.cpSync(model, path.join(run, 'model'), { recursive: true });
  if (record === 'none') return run;
  const folder = await scanFolder(data);
  const split = splitFolder(folder, { seed: 0, fractions: { validation: 0.2, test: 0.2 } });
  const fingerprints = new Map(
    await Promise.all(
      [...split.train, ...split.validation].map(
        async ({ digest, file }) => [digest, fingerprintOf(await decodePicture(file, small), small)] as const,
      ),
    ),
  );
  const written = splitRecord(split, folder.labels, 0, record === 'this' ? fingerprints : undefined);
  fs.writeFileSync(path.join(run, 'split.json'), JSON.stringify(written));
  fs.writeFileSync(path.join(run, 'config.json'), JSON.stringify({ version: 1, data }));
  return run;
}

let data = '';
beforeAll(async () => {
  data = await flatFolder();
});

describe("a run's own flat folder", () => {
  test('is measured on the pictures that were held out', async () => {
    const { metrics, part, trained } = await evaluateRun(await runOn(data, 'this'), { data });
    expect({ part, n: metrics.n }).toEqual({ part: 'all', n: 4 });
    expect(trained).toEqual({ copies: 16, nearCopies: 0, included: false, told: 'all' });
  });

  test('counts whole only for who means it, and says so', async () => {
    const run = await runOn(data, 'this');
    const { metrics, trained } = await evaluateRun(run, { data, includeTrained: true });
    expect(metrics.n).toBe(20);
    expect(trained).toEqual({ copies: 16, nearCopies: 0, included: true, told: 'all' });
  });

  test('near copies are left out as well, under whatever name and in whatever format', async () => {
    const run = await runOn(data, 'this');
    const { train } = JSON.parse(fs.readFileSync(path.join(run, 'split.json'), 'utf8'));
    const other = scratch();
    fs.mkdirSync(path.join(other, '1'));
    const copy = sharp(path.join(data, train[0].path)).resize(90).jpeg({ quality: 70 });
    await copy.toFile(path.join(other, '1', 'copy.jpg'));
    fs.writeFileSync(path.join(other, '1', 'new.png'), await drawing(50));
    const { metrics, trained } = await evaluateRun(run, { data: other });
    expect(metrics.n).toBe(1);
    expect(trained).toEqual({ copies: 0, nearCopies: 1, included: false, told: 'all' });
  });

  test('when no picture is left, it is an error that says what to do', async () => {
    const run = await runOn(data, 'this');
    const { train } = JSON.parse(fs.readFileSync(path.join(run, 'split.json'), 'utf8'));
    const other = scratch();
    fs.mkdirSync(path.join(other, '1'));
    fs.copyFileSync(path.join(data, train[0].path), path.join(other, '1', 'same.png'));
    await expect(evaluateRun(run, { data: other })).rejects.toThrow(UserError);
    await expect(evaluateRun(run, { data: other })).rejects.toThrow(/on all 1\. .*--include-trained/);
  });
});

describe('runs of older versions', () => {
  const warnings: string[] = [];
  const onProgress = (progress: Progress) => {
    if (progress.kind === 'warning') warnings.push(progress.message);
  };

  test('near copies are known by the pictures themselves where they still lie', async () => {
    const { trained } = await evaluateRun(await runOn(data, 'older'), { data });
    expect(trained).toEqual({ copies: 16, nearCopies: 0, included: false, told: 'all' });
  });

  test('by digests alone where they do not, which is said', async () => {
    const moved = await flatFolder();
    const run = await runOn(moved, 'older');
    fs.rmSync(path.join(moved, '1'), { recursive: true });
    const { metrics, trained } = await evaluateRun(run, { data }, { onProgress });
    expect(metrics.n).toBe(4);
    expect(trained).toEqual({ copies: 16, nearCopies: 0, included: false, told: 'copies' });
    expect(warnings.at(-1)).toMatch(/near copies .* cannot be told .*: the figure may flatter/);
  });

  test('not at all without a split.json, which is said', async () => {
    const { metrics, trained } = await evaluateRun(await runOn(data, 'none'), { data }, { onProgress });
    expect(metrics.n).toBe(20);
    expect(trained).toEqual({ copies: 0, nearCopies: 0, included: false, told: 'nothing' });
    expect(warnings.at(-1)).toContain('no usable split.json');
  });
});

test('pictures in which there is nothing to see are warned of', async () => {
  const run = await runOn(data, 'this');
  const other = scratch();
  fs.mkdirSync(path.join(other, '1'));
  for (let i = 0; i < 3; i++) {
    const black = sharp({ create: { width: 40, height: 30 + i, channels: 3, background: '#010203' } });
    await black.png().toFile(path.join(other, '1', `${i}.png`));
  }
  fs.writeFileSync(path.join(other, '1', 'new.png'), await drawing(50));
  const warnings: string[] = [];
  const { metrics } = await evaluateRun(
    run,
    { data: other },
    { onProgress: (progress) => void (progress.kind === 'warning' && warnings.push(progress.message)) },
  );
  expect(metrics.n).toBe(4);
  expect(warnings.join('\n')).toContain('3 pictures of 4 come out in a single colour');
});

describe('the command line', () => {
  test('says what was left out, in --json too, and --fail-under goes by the honest figure', async () => {
    const run = await runOn(data, 'this');
    const { stdout } = await finetune(['evaluate', run, '--data', data, '--fail-under', '0']);
    expect(stdout).toMatch(
      /of 4 pictures right .*\n(?:.*\n)*?Left out: 16 pictures that the run has trained or chosen on; /,
    );
    const { stdout: json } = await finetune(['evaluate', run, '--data', data, '--json', '--include-trained']);
    expect(JSON.parse(json)).toMatchObject({ n: 20, trained: { copies: 16, included: true } });
    const { stdout: all } = await finetune(['evaluate', run, '--data', data, '--include-trained']);
    expect(all).toContain('The figure flatters: the run has trained or chosen on 16 pictures of these.');
  });

  test('no picture left ends with code 2 and one line', async () => {
    const run = await runOn(data, 'this');
    const seen = scratch();
    const { train } = JSON.parse(fs.readFileSync(path.join(run, 'split.json'), 'utf8'));
    fs.mkdirSync(path.join(seen, '7'));
    fs.copyFileSync(path.join(data, train[0].path), path.join(seen, '7', 'a.png'));
    const { code, stderr, stdout } = await finetune(['evaluate', run, '--data', seen, '--fail-under', '0']);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: 2,
      stdout: '',
      lines: 1,
    });
  });
});
