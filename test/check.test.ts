/** `finetune check`: on folders whose faults were made here, and, with real weights, how many swapped labels it finds. */
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeCopy } from '../scripts/helpers/make-copies.js';
import { swapLabels } from '../scripts/helpers/swap-labels.js';
import { scanFolder } from '../src/data/scan.js';
import { byMargin, suspiciousLabels } from '../src/evaluation/confident-learning.js';
import { examplesInMemory, heldInMemory } from '../src/features/examples.js';
import { storedExamples } from '../src/features/extract.js';
import { resolveOptions } from '../src/runs/options.js';
import type { FolderCheck } from '../src/runs/folder-check.js';
import { survey } from '../src/runs/survey.js';
import { closingAll } from '../src/runtime/closing.js';
import { Random } from '../src/runtime/random.js';
import { tf } from '../src/runtime/tensorflow.js';
import { outOfFoldProbabilities } from '../src/training/out-of-fold.js';
import { loadPlainBase } from '../src/zoo/base.js';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const { scratch } = scratchFolders();

/** A picture of blobs of its own, so that no two are alike. */
async function drawPicture(file: string, seed: number, colour: string): Promise<void> {
  const random = new Random(seed);
  const blobs = Array.from({ length: 40 }, () => {
    const [x, y, r] = [random.below(240), random.below(180), 4 + random.below(28)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="rgb(${random.below(256)},${random.below(256)},${random.below(256)})"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="180"><rect width="240" height="180" fill="${colour}"/>${blobs.join('')}</svg>`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await sharp(Buffer.from(svg)).toFile(file);
}

describe('finetune check, by looks alone', () => {
  let folder: string;
  const check = async (...args: string[]) => {
    const page = path.join(scratch(), 'a page.html');
    const outcome = await finetune([
      'check',
      folder,
      '--base',
      'none',
      '--device',
      'cpu',
      '--out',
      page,
      ...args,
    ]);
    return { ...outcome, page };
  };

  beforeAll(async () => {
    folder = scratch();
    const at = (...parts: string[]) => path.join(folder, ...parts);
    for (let i = 0; i < 30; i++) {
      // the one class in PNG: what a network may learn instead
      await drawPicture(at('train', 'one', `${i}.jpg`), i, '#888');
      await drawPicture(at('train', 'two', `${i}.png`), 100 + i, '#888');
    }
    for (let i = 0; i < 5; i++) {
      await drawPicture(at('test', 'one', `${i}.jpg`), 200 + i, '#888');
      await drawPicture(at('test', 'two', `${i}.png`), 300 + i, '#888');
    }
    const random = new Random(1);
    await makeCopy(at('train', 'one', '3.jpg'), 'resized', at('test', 'one', 'small.jpg'), random);
    await makeCopy(at('train', 'two', '4.png'), 'mirrored', at('train', 'two', 'flipped.jpg'), random);
    fs.copyFileSync(at('train', 'one', '5.jpg'), at('train', 'two', 'both <b>.jpg'));
    fs.writeFileSync(at('train', 'one', 'note.jpg'), 'no picture');
  });

  test('finds what is wrong, says what to do, and ends with 0 unless --strict', async () => {
    const { code, stdout, page } = await check('--json');
    expect(code).toBe(0);
    const { copies, broken, shortcuts, advice, labels } = JSON.parse(stdout) as FolderCheck;
    const pathsOf = copies.map(({ pictures }) => pictures.map((one) => one.path).sort());
    expect(pathsOf).toHaveLength(3);
    expect(pathsOf).toContainEqual(['test/one/small.jpg', 'train/one/3.jpg']);
    expect(pathsOf).toContainEqual(['train/two/4.png', 'train/two/flipped.jpg']);
    expect(copies.find(({ acrossClasses }) => acrossClasses)?.kinds).toEqual(['exact']);
    expect(copies.filter(({ acrossParts }) => acrossParts)).toHaveLength(1);
    expect(broken).toEqual([{ path: 'train/one/note.jpg', reason: 'plain text, not a picture' }]);
    expect(shortcuts.find(({ fact }) => fact === 'file type')).toMatchObject({ tells: true });
    expect(labels.why).toContain('--base none');
    expect(advice.slice(0, 2).map(({ about, grave }) => [about, grave])).toEqual([
      ['copies', true],
      ['copies', true],
    ]);
    const html = fs.readFileSync(page, 'utf8');
    expect(html).toContain('both &lt;b&gt;.jpg');
    expect(html).not.toContain('<b>.jpg');
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
  });

  test('as text, and with --strict', async () => {
    const { code, stdout } = await check('--strict');
    expect(code).toBe(1);
    expect(stdout).toMatch(/Copies: 3 photographs more than once/);
    expect(stdout).toMatch(/Labels: not judged: without a base/);
    expect(stdout).toMatch(/file type +\d+\.\d % .*gives the class away/);
    expect(stdout).toMatch(/! 1 photograph under more than one class, such as train\/one\/5.jpg and/);
  });

  test('refuses what it cannot do in one line', async () => {
    const mistakes = [
      await finetune(['check', path.join(folder, 'nowhere'), '--base', 'none', '--device', 'cpu']),
      await finetune(['check', folder, '--out', 'page.txt']),
      await finetune(['check', folder, '--base', 'vgg61']),
    ];
    for (const { code, stderr } of mistakes) {
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(mistakes[2]!.stderr).toContain('vgg16');
  });
});

describe.skipIf(!shared)('wrong labels (needs FINETUNE_SHARED)', () => {
  test('of 5 % swapped labels of pets, four in five are among as many that are believed least', async () => {
    process.env['FINETUNE_ZOO'] ??= path.join(shared!, 'weights');
    await closingAll(async (keep) => {
      const data = path.join(shared!, 'datasets', 'pets', 'train');
      const folder = await scanFolder(data);
      const base = await loadPlainBase({ base: 'vgg16' });
      const { pictures, features, copies } = await survey(folder, base, resolveOptions({ data }), keep, {});
      expect(
        copies.map(({ one, other }) => `${path.basename(one.path)} ${path.basename(other.path)}`),
      ).toEqual(expect.arrayContaining(['Abyssinian_122.jpg Abyssinian_172.jpg']));
      const examples = heldInMemory(storedExamples(features!.store, pictures));
      const rows = examples.read(pictures.map((_, i) => i));
      const random = new Random(0);
      const { labels, swapped } = swapLabels(examples.labels, folder.labels.length, 0.05, random);
      const tensors = tf.memory().numTensors;
      const probabilities = await outOfFoldProbabilities(
        examplesInMemory(rows, examples.shape, labels),
        folder.labels.length,
        { groups: pictures.map(({ digest }) => digest), random, hooks: {} },
      );
      expect(tf.memory().numTensors).toBe(tensors);
      const picks = suspiciousLabels(labels, probabilities);
      const first = [
        ...new Set([...picks, ...byMargin(labels, probabilities)].map(({ example }) => example)),
      ];
      const found = first.slice(0, swapped.size).filter((example) => swapped.has(example)).length;
      // scripts/measure-labels.ts: 0.83 to 0.91 with five seeds
      expect(found / swapped.size).toBeGreaterThanOrEqual(0.8);
    });
  }, 600_000);
});
