/** `finetune style` as a program: mistakes, and with real weights a transfer, one that is interrupted, and its files. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StyleStep } from '../src/style/transfer.js';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const sample = fileURLToPath(new URL('../data/pets/test', import.meta.url));
const content = path.join(sample, 'cat/002.jpg');
const { scratch } = scratchFolders();

/** Stripes that bend: a strong texture. */
async function drawStyle(file: string): Promise<void> {
  const lines = Array.from({ length: 30 }, (_, i) => {
    const colour = ['#17365f', '#e8c547', '#f5efe0', '#b5332e'][i % 4];
    return `<path d="M-5 ${i * 5 - 20}q30 ${20 - i} 60 0t60 0" stroke="${colour}" stroke-width="4" fill="none"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><rect width="96" height="96" fill="#123"/>${lines.join('')}</svg>`;
  await sharp(Buffer.from(svg)).png().toFile(file);
}

describe('mistakes that can be mended', () => {
  const style = path.join(sample, 'dog/003.jpg');

  test.each([
    [[content, style], /required option '--out/],
    [[content, 'nothing.png', '--out', 'a.png'], /'nothing.png' does not exist/],
    [[content, sample, '--out', 'a.png'], /one picture but '.*' is a folder/],
    [[content, style, '--out', 'a.tif'], /PNG, JPEG or WebP/],
    [[content, style, '--out', content], /--out to be a new file/],
    [[content, style, '--out', 'a.png', '--optimiser', 'lbfgs'], /Did you mean 'l-bfgs'/],
    [[content, style, '--out', 'a.png', '--size', '8'], /--size of 32 to 2048/],
    [[content, style, '--out', 'a.png', '--style-weight', '0'], /--style-weight above 0/],
  ])('%s', async (args, message) => {
    const { code, stderr } = await finetune(['style', ...args, '--device', 'cpu'], { directory: scratch() });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe.skipIf(!shared)('with the weights of VGG-16 (needs FINETUNE_SHARED)', () => {
  const environment = { FINETUNE_ZOO: path.join(shared ?? '', 'weights') };
  let folder: string;
  let style: string;

  beforeAll(async () => {
    folder = scratch();
    style = path.join(folder, 'my style.png');
    await drawStyle(style);
  });

  const small = ['--size', '64', '--device', 'cpu'];

  test('the loss falls by nine tenths; pictures on the way', async () => {
    const out = path.join(folder, 'new folder', 'styled.png');
    const args = ['style', content, style, '--out', out, ...small, '--steps', '120', '--style-weight', '100'];
    const { code, stdout } = await finetune([...args, '--every', '50', '--json'], { environment });
    expect(code).toBe(0);
    const { history, between, width, height } = JSON.parse(stdout) as {
      history: StyleStep[];
      between: string[];
      width: number;
      height: number;
    };
    expect(history).toHaveLength(120);
    expect(Math.min(...history.map((step) => step.loss)) / history[0]!.loss).toBeLessThan(0.1);
    expect(between.map((file) => path.basename(file))).toEqual(['styled-0050.png', 'styled-0100.png']);
    for (const file of [out, ...between]) {
      const written = await sharp(file).metadata();
      expect([written.width, written.height]).toEqual([width, height]);
    }
    expect(Math.max(width, height)).toBe(64);
  });

  test('Ctrl-C keeps the picture so far', async () => {
    const out = path.join(folder, 'kept.jpg');
    const args = ['style', content, style, '--out', out, ...small, '--steps', '100000', '--every', '2'];
    let sent = false;
    const { code, stderr } = await finetune(args, {
      environment,
      onError: (_, kill) => {
        const begun = fs.existsSync(path.join(folder, 'kept-0002.jpg'));
        if (begun && !sent) kill('SIGINT');
        sent ||= begun;
      },
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(/Interrupted after \d+ steps: the picture so far is in .*kept\.jpg/);
    expect((await sharp(out).metadata()).format).toBe('jpeg');
  });
});
