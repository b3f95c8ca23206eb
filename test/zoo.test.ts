import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelSpec } from '../src/models/registry.js';
import { catalogue } from '../src/zoo/catalogue.js';
import { type FileServer, sends, serve } from './file-server.js';
import { cacheWithTensorFlow, finetune, smallFolder } from './helpers/command-line.js';
import { drawTinted } from './helpers/drawn-pictures.js';
import { inventedBase, inventedWeights } from './helpers/invented-weights.js';
import { offline } from './helpers/main-job.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const { made, scratch } = scratchFolders();

const cache = cacheWithTensorFlow(scratch());
const environment = { FINETUNE_CACHE: cache, FINETUNE_ZOO: '' };

describe('finetune zoo', () => {
  test('lists the catalogue, none of it on an empty machine', async () => {
    const { code, stdout, stderr } = await finetune(['zoo', 'list', '--json'], { environment });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = JSON.parse(stdout) as { name: string; here: string[]; gigaMultiplyAdds: number }[];
    expect(rows.map(({ name }) => name)).toEqual(catalogue.map(({ name }) => name));
    expect(rows.flatMap(({ here }) => here)).toEqual([]);
    // torchvision's own counts, its operations rounded to millions.
    expect(rows.find(({ name }) => name === 'resnet50-torchvision')).toMatchObject({
      parameters: 25_557_032,
      accuracy: { top1: 76.13, top5: 92.862 },
    });
    expect(rows.find(({ name }) => name === 'resnet50-torchvision')?.gigaMultiplyAdds).toBeCloseTo(4.089, 3);
    const table = await finetune(['zoo', 'list'], { environment });
    expect(table.stdout).toMatch(/googlenet +28 MB +6,998,552 +1\.58 +68\.7 +88\.9 +unrestricted\n/);
  });

  test('tells all about a network', async () => {
    const { stdout } = await finetune(['zoo', 'info', 'squeezenet', '--json'], { environment });
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual([
      'squeezenet',
      'squeezenet-torchvision',
    ]);
    const text = await finetune(['zoo', 'info', 'squeezenet-torchvision'], { environment });
    expect(text.stdout).toContain('RGB, minus 123.675, 116.28, 103.53, divided by 58.395, 57.12, 57.375');
  });

  test.each([
    ['a mistyped command', ['zoo', 'lst'], 'Did you mean list?'],
    ['no command', ['zoo'], 'See its --help'],
    ['a mistyped name', ['zoo', 'info', 'googlnet'], "Did you mean 'googlenet'?"],
    ['an unknown format', ['zoo', 'convert', 'x', '--base', 'vgg16', '--to', 'tfj'], "Did you mean 'tfjs'?"],
    ['a file that is not there', ['zoo', 'convert', 'x', '--base', 'vgg16', '--to', 'tfjs'], "'x'"],
    ['no digest', ['zoo', 'add', 'x', '--base', 'vgg16', '--url', 'http://x/'], 'sha256:'],
    [
      'a name that is taken',
      ['zoo', 'add', 'vgg16-base', '--base', 'vgg16', '--file', 'x'],
      'in the zoo already',
    ],
    [
      'a digest of a file, which would not be looked at',
      ['zoo', 'add', 'x', '--base', 'vgg16', '--file', 'x', '--digest', 'sha256:00'],
      '--digest with --url alone',
    ],
    ['two formats', ['predict', 'googlenet', __filename, '--json', '--csv'], '--json and --csv'],
    ['no class to show', ['predict', 'googlenet', __filename, '--top', '0'], 'at least 1'],
    ['no such run or network', ['predict', 'gogglenet', __filename], "Did you mean 'googlenet'?"],
  ])('%s ends with code 2 and one line', async (_, args, message) => {
    const { code, stdout, stderr } = await finetune(args, { environment, directory: scratch() });
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  describe("with a project's own weights", () => {
    const directory = scratch();
    const file = path.join(directory, 'mine.safetensors');
    const content = inventedWeights(modelSpec('squeezenet').build());
    const zoo = (...args: string[]) => finetune(['zoo', ...args], { environment, directory });
    let server: FileServer;

    beforeAll(async () => {
      fs.writeFileSync(file, content);
      server = await serve(sends(content));
    });
    afterAll(() => server.close());

    test('adds a file, verifies it, and tells when it has changed', async () => {
      const added = await zoo('add', 'mine', '--base', 'squeezenet', '--file', file, '--licence', 'CC0');
      expect(added).toMatchObject({ code: 0, stderr: '' });
      expect(await zoo('verify')).toMatchObject({ code: 0, stdout: `ok    mine  ${file}\n` });
      fs.writeFileSync(file, Buffer.from(content).fill(7, content.length - 4));
      const changed = await zoo('verify');
      expect(changed.code).toBe(1);
      expect(changed.stdout).toMatch(
        /^FAIL {2}mine {2}expected the weights mine of digest .* is not used\n$/,
      );
      fs.writeFileSync(file, content);
    });

    test('adds an address, fetches it once, and has it offline', async () => {
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      await zoo('add', 'fetched', '--base', 'squeezenet', '--url', server.url, '--digest', digest);
      const fetched = await zoo('fetch', 'fetched');
      expect(fetched).toMatchObject({ code: 0, stdout: `fetched: ${server.url}\n` });
      const again = await zoo('fetch', 'fetched', '--offline');
      expect(again.stdout).toBe(`fetched: ${path.join(cache, 'weights', 'fetched.safetensors')}\n`);
      expect(server.requests).toHaveLength(1);
    });

    test('does without its file where that is damaged, and names it', async () => {
      const own = scratch();
      fs.writeFileSync(path.join(own, 'finetune.zoo.json'), '{"entries": [{"name": "a",,');
      const run = (...args: string[]) => finetune(['zoo', ...args], { environment, directory: own });
      const named =
        /^finetune: Expected '.*finetune\.zoo\.json' to be a list of weights in JSON but it is not: .*\n$/;
      for (const args of [['list'], ['info', 'squeezenet'], ['verify']]) {
        const { code, stdout, stderr } = await run(...args);
        expect(code).toBe(0);
        expect(stdout).not.toBe('');
        expect(stderr).toMatch(named);
      }
      // It may be there that the name is.
      const { code, stderr } = await run('fetch', 'mine', '--offline');
      expect(code).toBe(2);
      expect(stderr).toMatch(named);
      // A name of the catalogue is not looked for there.
      const published = await run('fetch', 'squeezenet', '--offline');
      expect(published.stderr).not.toContain('finetune.zoo.json');
    });

    test('converts there and back without a bit changed', async () => {
      expect(await zoo('convert', file, '--base', 'squeezenet', '--to', 'tfjs')).toMatchObject({ code: 0 });
      const tfjs = path.join(directory, 'mine-tfjs');
      const model = JSON.parse(fs.readFileSync(path.join(tfjs, 'model.json'), 'utf8'));
      expect(model.userDefinedMetadata.preprocessing.channelOrder).toBe('BGR');
      await zoo('convert', tfjs, '--base', 'squeezenet', '--to', 'safetensors', '--out', 'back.safetensors');
      await zoo('add', 'back', '--base', 'squeezenet', '--file', 'back.safetensors');
      const { entries } = JSON.parse(fs.readFileSync(path.join(directory, 'finetune.zoo.json'), 'utf8'));
      const digests = new Map(entries.map((one: { name: string; digest: string }) => [one.name, one.digest]));
      expect(digests.get('back')).toBe(digests.get('mine'));
    });

    test("refuses another network's file and says what does not match", async () => {
      const { code, stderr } = await zoo('convert', file, '--base', 'googlenet', '--to', 'safetensors');
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /Expected the 114 tensors of googlenet in .* but 114 are missing \(conv1\/7x7_s2\/kernel \[7, 7, 3, 64\], .* 52 are in the file and not needed \(conv1\/kernel, /,
      );
    });
  });
});

describe("a project's own weights as a base", () => {
  const data = scratch();
  const withoutNetwork = { ...environment, ...offline };

  beforeAll(() => drawTinted(data, { train: 8, test: 4 }));

  test.each([
    ['googlenet', 'graph-model'],
    ['squeezenet', 'layers-model'],
    ['mobilenet', 'layers-model'],
  ])('%s is a base, by its name in the project or from the file', async (base, format) => {
    const directory = scratch();
    const file = inventedBase(base, directory);
    const command = (...args: string[]) => finetune(args, { environment: withoutNetwork, directory });
    expect(await command('zoo', 'add', 'mine', '--base', base, '--file', file)).toMatchObject({ code: 0 });
    const run = (out: string, weights: string) =>
      command(
        '--data',
        data,
        '--base',
        base,
        '--baseline',
        'none',
        '--epochs',
        '5',
        '--out',
        out,
        '--weights',
        weights,
      );
    const named = await run('named', 'mine');
    expect(named.stderr).toContain(`weights: ${file}`);
    expect(named.code).toBe(0);
    const given = await run('given', file);
    expect(given.stderr).toContain('Features of 36 of 36 pictures were in the cache');
    const model = JSON.parse(fs.readFileSync(path.join(directory, 'given', 'model', 'model.json'), 'utf8'));
    expect(model.format).toBe(format);
    const predictions = (name: string) =>
      fs.readFileSync(path.join(directory, name, 'predictions.csv'), 'utf8');
    expect(predictions('given')).toBe(predictions('named'));
    const evaluated = await command('evaluate', 'given', '--data', data, '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ n: 12 });
  });
});

describe.skipIf(!shared)('real weights of the zoo (needs FINETUNE_SHARED)', () => {
  const weights = path.join(shared ?? '', 'weights');
  const withZoo = { ...environment, FINETUNE_ZOO: weights };
  let data = '';

  beforeAll(() => {
    data = smallFolder(path.join(shared!, 'datasets', 'hymenoptera'), ['ants', 'bees'], { train: 8, val: 4 });
    made.push(data);
  });

  test('what the mirror has is sound', async () => {
    const { code, stdout } = await finetune(['zoo', 'verify'], {
      environment: withZoo,
      directory: scratch(),
    });
    expect(code).toBe(0);
    const names = ['vgg16-base', 'vgg19-base-uint8', 'mobilenet-v1-0.25', 'googlenet', 'squeezenet'];
    for (const name of names) expect(stdout).toContain(`ok    ${name}  ${weights}`);
  });

  test.each([
    ['googlenet', 'caffe/bvlc_googlenet.caffemodel', 'graph-model'],
    ['squeezenet', 'caffe/squeezenet_v1.1.caffemodel', 'layers-model'],
    ['mobilenet', 'tfjs/mobilenet-v1-0.25-224/model.json', 'layers-model'],
    ['vgg19', 'tfjs/vgg19-notop-uint8/model.json', 'layers-model'],
  ])('%s is a base, from the mirror or from the file', async (base, file, format) => {
    const directory = scratch();
    const run = (...more: string[]) =>
      finetune(['--data', data, '--base', base, '--baseline', 'none', '--epochs', '5', ...more], {
        environment: withZoo,
        directory,
      });
    const mirrored = await run('--out', 'mirrored');
    expect(mirrored.stderr).toContain(`weights: ${path.join(weights, file)}`);
    expect(mirrored.code).toBe(0);
    const given = await run('--out', 'given', '--weights', path.join(weights, file));
    expect(given.stderr).toContain('Features of 24 of 24 pictures were in the cache');
    const model = JSON.parse(fs.readFileSync(path.join(directory, 'given', 'model', 'model.json'), 'utf8'));
    expect(model.format).toBe(format);
    const metrics = (name: string) =>
      JSON.parse(fs.readFileSync(path.join(directory, name, 'metrics.json'), 'utf8')) as { test: object };
    expect(metrics('given').test).toEqual(metrics('mirrored').test);
    const evaluated = await finetune(['evaluate', 'given', '--data', data, '--json'], { directory });
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ n: 8 });
  });

  test.each(['googlenet', 'squeezenet'])('predict %s gives the same top five as OpenCV', async (name) => {
    const goldens = JSON.parse(fs.readFileSync(path.join(shared!, 'goldens', `${name}.json`), 'utf8'));
    const pictures = Object.keys(goldens).map((picture) => path.join(shared!, 'goldens', picture));
    const { code, stdout } = await finetune(['predict', name, ...pictures, '--json'], {
      environment: withZoo,
    });
    expect(code).toBe(0);
    const results = JSON.parse(stdout) as {
      path: string;
      predictions: { id: string; label: string; probability: number }[];
    }[];
    for (const { path: picture, predictions } of results) {
      const { top5, prob } = goldens[path.basename(picture)] as { top5: string[]; prob: number[] };
      expect(predictions.map(({ id, label }) => `${id} ${label}`)).toEqual(top5);
      expect(predictions[0]!.probability).toBeCloseTo(Math.max(...prob), 4);
    }
  });

  test('evaluate knows classes by name and by synset', async () => {
    const folder = scratch();
    const source = path.join(shared!, 'datasets', 'pets37');
    const find = (label: string) =>
      fs.existsSync(path.join(source, label)) ? path.join(source, label) : path.join(source, 'train', label);
    fs.cpSync(find('pomeranian'), path.join(folder, 'Pomeranian'), { recursive: true });
    fs.cpSync(find('beagle'), path.join(folder, 'n02088364'), { recursive: true });
    fs.cpSync(find('scottish_terrier'), path.join(folder, 'scottish_terrier'), { recursive: true });
    const { code, stdout } = await finetune(['evaluate', 'googlenet', '--data', folder, '--json'], {
      environment: withZoo,
    });
    expect(code).toBe(0);
    const metrics = JSON.parse(stdout) as { accuracy: number; top5: number; perClass: object };
    expect(Object.keys(metrics.perClass)).toEqual([
      'n02088364 beagle',
      'n02097298 Scotch terrier, Scottish terrier, Scottie',
      'n02112018 Pomeranian',
    ]);
    // 23 of the 30 photographs, as this command measured; one more is a tie between two hounds (40.4 % each).
    expect(Math.abs(30 * metrics.accuracy - 23)).toBeLessThanOrEqual(1);
    expect(metrics.top5).toBeGreaterThanOrEqual(metrics.accuracy);

    fs.cpSync(find('Birman'), path.join(folder, 'Birman'), { recursive: true });
    const unknown = await finetune(['evaluate', 'googlenet', '--data', folder], { environment: withZoo });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain(
      "Expected the synsets or names of ImageNet's classes but the folder has 'Birman'.",
    );
  });
});
