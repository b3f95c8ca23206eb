/** `finetune similar` as a program, on a made-up run and the drawn sample; and on a real network and run. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readNpy } from '../src/formats/numpy.js';
import type { Similar } from '../src/recipes/similar.js';
import type { SimilarEvaluation } from '../src/recipes/similar-evaluation.js';
import { saveClassifier } from '../src/runs/classifier.js';
import { finetune, smallFolder } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';
import { smallClassifier } from './helpers/small-classifier.js';

const shared = process.env['FINETUNE_SHARED'];
const sample = fileURLToPath(new URL('../data/pets/test', import.meta.url));
const { scratch } = scratchFolders();

describe('similar, on a run', () => {
  let run: string;
  let folder: string;
  let query: string;

  beforeAll(async () => {
    folder = scratch();
    run = path.join(folder, 'run');
    query = path.join(sample, 'cat/002.jpg');
    fs.mkdirSync(run);
    await saveClassifier(path.join(run, 'model'), smallClassifier());
  });

  const similar = (...args: string[]) => finetune(['similar', run, ...args, '--device', 'cpu']);

  test('answers in the order of likeness, with labels; the query itself is left out', async () => {
    const { code, stdout } = await similar(query, '--in', sample, '--top', '7', '--json');
    expect(code).toBe(0);
    const { queries, pictures } = JSON.parse(stdout) as Similar;
    const [{ results }] = queries as [Similar['queries'][number]];
    expect(results).toHaveLength(7);
    expect(pictures).toBeGreaterThan(50);
    expect(results.map((one) => one.path)).not.toContain(query);
    const similarities = results.map((one) => one.similarity);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    for (const { path: shown, label } of results) expect(path.basename(path.dirname(shown))).toBe(label);
  });

  test('a copy elsewhere is found first and called one; a folder of queries; a sheet and a page', async () => {
    const queries = path.join(folder, 'my queries');
    fs.mkdirSync(queries);
    fs.copyFileSync(query, path.join(queries, 'mine <b>.jpg'));
    const [sheet, page] = [path.join(folder, 'out/s.png'), path.join(folder, 'out/s.html')];
    for (const out of [sheet, page]) {
      const { code, stdout } = await similar(queries, '--in', sample, '--out', out);
      expect(code).toBe(0);
      expect(stdout).toMatch(/1 +1\.000 +cat +.*002\.jpg {2}\(a copy\)/);
    }
    const { format, width } = await sharp(sheet).metadata();
    expect([format, width! > 900]).toEqual(['png', true]);
    const html = fs.readFileSync(page, 'utf8');
    expect(html).toContain('mine &lt;b&gt;.jpg');
    expect(html).not.toMatch(/<script|src="(?!data:)|href="(?!data:)/);
  });

  test('figures over a labelled folder, and of one folder in another', async () => {
    const own = await similar('--in', sample, '--evaluate', '--json');
    expect(own.code).toBe(0);
    const evaluation = JSON.parse(own.stdout) as SimilarEvaluation;
    expect(evaluation.queries).toBe(evaluation.pictures);
    expect(evaluation.classes.map(({ label }) => label)).toContain('rabbit');
    expect(evaluation.meanAveragePrecision.mean).toBeGreaterThan(evaluation.chance);
    expect(evaluation.meanAveragePrecision.ci95).toBeDefined();
    const other = await similar(path.join(sample, '../train'), '--in', sample, '--evaluate');
    expect(other.stdout).toMatch(/mean average precision +\d+\.\d % +\d+\.\d % to \d+\.\d %/);
    expect(other.stdout).toMatch(/recall at 10/);
  });

  test('vectors for another index: dot products are the similarities', async () => {
    const file = path.join(folder, 'vectors.npy');
    const { code, stdout } = await similar(query, '--in', sample, '--json', '--export', file);
    expect(code).toBe(0);
    const { data, shape } = (await readNpy(file)).get('array')!;
    const about = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')) as {
      rows: { path: string; label: string }[];
      mean: number[];
    };
    const { pictures, queries } = JSON.parse(stdout) as Similar;
    expect(shape).toEqual([pictures, about.mean.length]);
    const row = (shown: string) => {
      const place = about.rows.findIndex((one) => one.path === shown);
      return data.subarray(place * shape[1]!, (place + 1) * shape[1]!);
    };
    const first = queries[0]!.results[0]!;
    const [a, b] = [row(query), row(first.path)];
    expect(a.reduce((sum, value, i) => sum + value * b[i]!, 0)).toBeCloseTo(first.similarity, 5);
  });

  test('a folder without classes has answers without labels, and says so when asked for figures', async () => {
    const flat = path.join(folder, 'flat');
    fs.mkdirSync(flat);
    for (const name of ['001.jpg', '002.jpg'])
      fs.copyFileSync(path.join(sample, 'dog', name), path.join(flat, name));
    fs.writeFileSync(path.join(flat, 'broken.jpg'), 'no picture');
    const { code, stdout, stderr } = await similar(query, '--in', flat);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Looked through 2 pictures/);
    expect(stderr).toContain('broken.jpg');
    const figures = await similar('--in', flat, '--evaluate');
    expect(figures.code).toBe(2);
    expect(figures.stderr).toMatch(/Expected a folder for each class/);
  });

  test.each([
    [['--in', sample], /Expected pictures to look for; or --evaluate/],
    [['x.jpg', '--in', sample], /'x.jpg' does not exist/],
    [['x.jpg', '--in', '/nowhere'], /'x.jpg' does not exist/],
    [[sample, '--in', sample, '--top', '0'], /--top of at least 1/],
    [[sample, '--in', sample, '--out', 'a.gif'], /PNG or HTML/],
    [[sample, '--in', sample, '--export', 'a.csv'], /NumPy file/],
    [[sample, sample, '--in', sample, '--evaluate'], /one labelled folder/],
    [['--in', sample, '--evaluate', '--out', 'a.png'], /not with --evaluate/],
    [[sample], /required option '--in/],
    [[sample, '--in', sample, '--layout', 'class'], /Did you mean 'classes'/],
  ])('%s is a mistake that can be mended', async (args, message) => {
    const { code, stderr } = await similar(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe.skipIf(!shared)('real pictures (needs FINETUNE_SHARED)', () => {
  const environment = { FINETUNE_ZOO: path.join(shared ?? '', 'weights') };
  const pets = path.join(shared ?? '', 'datasets', 'pets');
  const classes = ['Bengal', 'havanese', 'pomeranian'];

  test('what a run has computed is not computed again, and its breed is found', async () => {
    const folder = scratch();
    const data = smallFolder(pets, classes, { train: 12, test: 4 });
    const args = [
      '--data',
      data,
      '--base',
      'squeezenet',
      '--baseline',
      'none',
      '--epochs',
      '2',
      '--device',
      'cpu',
    ];
    const trained = await finetune([...args, '--out', path.join(folder, 'run')], { environment });
    expect(trained.code).toBe(0);
    const asked = [
      'similar',
      path.join(folder, 'run'),
      path.join(data, 'test'),
      '--in',
      path.join(data, 'train'),
    ];
    const { code, stderr, stdout } = await finetune([...asked, '--device', 'cpu', '--evaluate'], {
      environment,
    });
    expect({ code, known: /Features of 48 of 48 pictures were in the cache/.test(stderr) }).toEqual({
      code: 0,
      known: true,
    });
    expect(Number(/recall at 5 +(\d+\.\d)/.exec(stdout)![1])).toBeGreaterThan(90);
    expect(stdout).not.toMatch(/flatter/);
    const own = ['similar', path.join(folder, 'run'), '--in', path.join(data, 'train'), '--evaluate'];
    const flattering = await finetune([...own, '--device', 'cpu'], { environment });
    expect(flattering.stdout).toMatch(/The figures flatter: .* chosen on 36 queries of these/);
  });
});
