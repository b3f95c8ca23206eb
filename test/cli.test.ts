import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodePicture } from '../src/data/decode.js';
import { tf } from '../src/runtime/tensorflow.js';
import { cacheWithTensorFlow, finetune, type Outcome, smallFolder } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';
import { loadSavedModel } from './helpers/saved-model.js';
import { python, pythonHas } from './helpers/python.js';

const shared = process.env['FINETUNE_SHARED'];
const { made, scratch } = scratchFolders();

describe('mistakes end with code 2 and one line', () => {
  test.each([
    ['a mistyped command', ['predit'], "Did you mean 'predict'?"],
    ['a mistyped option', ['--data', 'x', '--epohcs', '3'], 'Did you mean --epochs?'],
    ["a peer's option", ['--data', 'x', '--lr', '3'], "unknown option '--lr': here it is --learning-rate"],
    ["a peer's option that has no equal", ['--data', 'x', '--augment'], 'there is no augmentation'],
    ['no data', ['--base', 'vgg16'], 'the folder of your pictures, such as --data ./pets'],
    ['an unknown base', ['--data', 'x', '--base', 'vgg61'], 'Near it: vgg16,'],
    ['a family of bases', ['--data', 'x', '--base', 'resnet'], 'Near it: resnet18, resnet34, resnet50,'],
    ['a folder without --data that is not there', ['./nowhere'], "pictures at './nowhere'"],
    [
      'several faults at once',
      ['--data', 'x', '--epochs', '-3', '--head', 'linea'],
      'epochs: expected number to be >0',
    ],
    ['words for numbers', ['--data', 'x', '--epochs', 'many'], 'Expected a number'],
    ['an unknown device', ['--data', 'x', '--device', 'tpu'], "received 'tpu'"],
    ['a folder that is not there', ['--data', 'nowhere'], 'nowhere'],
    ['a run that is not there', ['predict', 'nowhere', __filename], "'nowhere' does not exist"],
    ['accuracy in per cent', ['evaluate', 'x', '--data', 'y', '--fail-under', '95'], 'For 95 % write 0.95'],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await finetune(args);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('nothing at all shows the main job and the commands', async () => {
    const { code, stdout, stderr } = await finetune([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('$ finetune --data ./pets');
    expect(stdout).toContain('evaluate');
  });

  test('folders that may be classes or groups, before anything is fetched', async () => {
    const data = scratch();
    for (const place of ['2019/cats', '2019/dogs', '2020/cats', '2020/dogs']) {
      fs.mkdirSync(path.join(data, place), { recursive: true });
      fs.writeFileSync(path.join(data, place, '1.jpg'), 'never looked into');
    }
    const { code, stdout, stderr } = await finetune(['--data', data]);
    expect(stderr).toMatch(/'2019' and '2020' hold the same folders.*--layout classes.*--layout groups/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const other = await finetune(['--data', data, '--layout', 'class']);
    expect(other.stderr).toContain("Did you mean 'classes'?");
    expect(other.code).toBe(2);
  });

  test('--help and --version go to standard output and end with 0', async () => {
    const help = await finetune(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('evaluate');
    expect(await finetune(['--version'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('doctor', () => {
  test('--json prints every check, and nothing anywhere else', async () => {
    const { code, stdout, stderr } = await finetune(['doctor', '--json'], {
      environment: { FINETUNE_ZOO: '' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
    const names = ['Node', 'Processor', 'Python', 'C++ compiler', 'TensorFlow', 'Device', 'Cache', 'Weights'];
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(checks.find(({ name }) => name === 'TensorFlow')?.status).toBe('ok');
  });

  test('what stops a run ends it with code 1, and what to do', async () => {
    const { code, stdout } = await finetune(['doctor'], { environment: { FINETUNE_ZOO: '/no/such/zoo' } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}Weights +FINETUNE_ZOO is \/no\/such\/zoo.*\n +→ Correct the variable/m);
  });
});

describe.skipIf(!shared)('the main job on real photographs (needs FINETUNE_SHARED)', () => {
  const classes = ['Abyssinian', 'havanese', 'pomeranian'];
  const cache = cacheWithTensorFlow(scratch());
  const environment = { FINETUNE_CACHE: cache, FINETUNE_ZOO: path.join(shared ?? '', 'weights') };
  let data = '';
  let run = '';
  let first: Outcome;

  beforeAll(async () => {
    data = smallFolder(path.join(shared!, 'datasets', 'pets'), classes, { train: 12, test: 8 });
    made.push(data);
    fs.writeFileSync(path.join(data, 'train', 'havanese', 'broken.jpg'), 'no picture');
    run = path.join(scratch(), 'run');
    first = await finetune(['--data', data, '--out', run, '--epochs', '40', '--baseline-epochs', '10'], {
      environment,
    });
  });

  const metricsOf = (folder: string) => fs.readFileSync(path.join(folder, 'metrics.json'), 'utf8');
  const folderOf = (label: string) => path.join(data, 'test', label);

  test('ends with the table and the way to the report', () => {
    expect(first.stderr).toContain('1 file skipped');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/VGG-16 transferred +\d+\.\d % .*\nLeNet-5 from scratch/);
    expect(first.stdout).toContain('report.html');
    expect(first.stderr).not.toMatch(/oneDNN|absl|Deprecation/);
  });

  test('leaves every file of a run, whole', async () => {
    const files = [
      'config.json',
      'split.json',
      'labels.txt',
      'results.csv',
      'metrics.json',
      'predictions.csv',
    ];
    files.push('confusion-matrix.svg', 'report.html', 'model/model.json');
    for (const file of files) expect(fs.existsSync(path.join(run, file)), file).toBe(true);
    const leftovers = fs
      .readdirSync(run, { recursive: true })
      .filter((file) => String(file).includes('.part'));
    expect(leftovers).toEqual([]);
    expect(fs.readFileSync(path.join(run, 'labels.txt'), 'utf8')).toBe(`${classes.join('\n')}\n`);
    const page = fs.readFileSync(path.join(run, 'report.html'), 'utf8');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|<script/);
  });

  test('writes the figures that other programs rely on', () => {
    const metrics = JSON.parse(fs.readFileSync(path.join(run, 'metrics.json'), 'utf8'));
    expect(metrics).toMatchObject({
      heldOut: 'test',
      test: { n: 24, accuracy: expect.any(Number), ci95: [expect.any(Number), expect.any(Number)] },
      validation: { n: expect.any(Number) },
      baseline: { model: 'lenet5', test: { n: 24 } },
      comparison: { mcnemarP: expect.any(Number) },
      timing: { decodeMsPerImage: expect.any(Number), extractMsPerImage: expect.any(Number) },
      parameters: { trainable: 512 * 3 + 3, frozen: 14_714_688 },
    });
    expect(metrics.test.accuracy).toBeGreaterThan(0.7);
    expect(Object.keys(metrics.test.perClass)).toEqual(classes);
    expect(metrics.test.top5).toBeUndefined();
  });

  /** Parameters and multiply-adds of what `finetune summary` is given. */
  const totalsOf = async (model: string) => {
    const { code, stdout } = await finetune(['summary', model, '--json']);
    expect(code).toBe(0);
    return JSON.parse(stdout).totals;
  };

  test('summary counts the base and the new head, and what was trained', async () => {
    // VGG-16 without its classifier: `finetune summary vgg16 --json`, the layers called block…
    const base = { parameters: 14_714_688, multiplyAdds: 15_346_630_656 };
    const head = { parameters: 512 * 3 + 3, multiplyAdds: 512 * 3 };
    expect(await totalsOf(run)).toMatchObject({
      parameters: base.parameters + head.parameters,
      multiplyAdds: base.multiplyAdds + head.multiplyAdds,
      ...JSON.parse(metricsOf(run)).parameters,
      uncounted: [],
    });
  });

  const predictions = () =>
    fs
      .readFileSync(path.join(run, 'predictions.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([file, label, , ...shares]) => ({ file: file!, label: label!, shares: shares.map(Number) }));

  test('probabilities add up to 1', () => {
    expect(predictions()).toHaveLength(24);
    for (const { shares } of predictions()) expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
  });

  const pixelsOf = (file: string) =>
    decodePicture(path.join(data, file), { height: 224, width: 224, channels: 3, resize: 'squash' });

  test('the saved model gives the same probabilities in plain TF.js', async () => {
    const model = await tf.loadLayersModel(`file://${path.join(run, 'model', 'model.json')}`);
    const { file, shares } = predictions()[3]!;
    const pixels = await pixelsOf(file);
    const answer = tf.tidy(() => {
      const batch = tf.tensor4d(Float32Array.from(pixels), [1, 224, 224, 3]);
      return Array.from((model.predict(batch) as ReturnType<typeof tf.tensor>).dataSync());
    });
    model.dispose();
    for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 3);
  });

  test('export writes a SavedModel that gives the same probabilities', async () => {
    const { code, stdout } = await finetune(['export', run], { environment });
    expect(code).toBe(0);
    const folder = stdout.trim();
    const files = [
      'README.md',
      'golden.json',
      'golden.png',
      'how-to-use.json',
      'labels.txt',
      'saved_model.pb',
      'verify.py',
    ];
    expect(fs.readdirSync(folder).sort()).toEqual(files);
    const { file, shares } = predictions()[5]!;
    const pixels = await pixelsOf(file);
    const model = await loadSavedModel(folder);
    const input = tf.tensor(pixels, [1, 224, 224, 3], 'int32');
    const answer = model.predict({ pictures: input })['probabilities']!.dataSync();
    for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 4);
    model.dispose();
    const again = await finetune(['export', run], { environment });
    expect(again).toMatchObject({ code: 0, stdout, stderr: '' });
    const other = await finetune(['export', run, '--out', run], { environment });
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('new or empty folder, or an earlier export');
  });

  test.skipIf(!pythonHas('tensorflow'))(
    "Python's TensorFlow loads the SavedModel and agrees (skipped when FINETUNE_PYTHON has none)",
    async () => {
      const { file, shares } = predictions()[2]!;
      const raw = path.join(scratch(), 'pixels');
      fs.writeFileSync(raw, await pixelsOf(file));
      const script =
        'import sys, json, numpy as np, tensorflow as tf\n' +
        "signature = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n" +
        'pixels = np.fromfile(sys.argv[2], np.uint8).reshape(1, 224, 224, 3)\n' +
        "print(json.dumps(signature(pictures=tf.constant(pixels))['probabilities'].numpy()[0].tolist()))";
      const folder = path.join(run, 'export', 'savedmodel');
      const { status, stdout, stderr } = spawnSync(python!, ['-c', script, folder, raw], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      for (const [i, value] of (JSON.parse(stdout) as number[]).entries()) {
        expect(value).toBeCloseTo(shares[i]!, 5);
      }
    },
  );

  test('export for browsers writes shards, in half precision if asked for', async () => {
    const out = path.join(scratch(), 'browser');
    const args = ['export', run, '--format', 'tfjs', '--float16', '--out', out];
    expect(await finetune(args, { environment })).toMatchObject({ code: 0, stdout: `${out}\n` });
    expect(fs.readFileSync(path.join(out, 'labels.txt'), 'utf8')).toBe(`${classes.join('\n')}\n`);
    expect(fs.readdirSync(out).filter((name) => name.endsWith('.bin'))).toHaveLength(8);
    const model = await tf.loadLayersModel(`file://${path.join(out, 'model.json')}`);
    const { file, shares } = predictions()[1]!;
    const pixels = Float32Array.from(await pixelsOf(file));
    const answer = tf.tidy(() =>
      (model.predict(tf.tensor4d(pixels, [1, 224, 224, 3])) as ReturnType<typeof tf.tensor>).dataSync(),
    );
    model.dispose();
    for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 2);
  });

  test('predict says the same as the run did', async () => {
    const folder = path.join(data, 'test', 'pomeranian');
    const { code, stdout, stderr } = await finetune(['predict', run, folder, '--json', '--top', '3'], {
      environment,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answers = JSON.parse(stdout) as {
      path: string;
      predictions: { label: string; probability: number }[];
    }[];
    expect(answers).toHaveLength(8);
    for (const { path: file, predictions: top } of answers) {
      const recorded = predictions().find((row) => file.endsWith(row.file))!;
      for (const { label, probability } of top) {
        expect(probability).toBeCloseTo(recorded.shares[classes.indexOf(label)]!, 3);
      }
    }
  });

  test('predict tells of broken files and goes on', async () => {
    const files = [path.join(data, 'train', 'havanese', 'broken.jpg'), path.join(data, 'test', 'havanese')];
    const { code, stdout, stderr } = await finetune(['predict', run, ...files, '--csv'], { environment });
    expect(stderr).toContain('broken.jpg was left out');
    expect(stdout.split('\n')[0]).toBe(`path,predicted,${classes.join(',')}`);
    expect(code).toBe(2);
  });

  test('evaluate repeats the figure and fails under a bound', async () => {
    const { accuracy } = JSON.parse(fs.readFileSync(path.join(run, 'metrics.json'), 'utf8')).test;
    const passed = await finetune(['evaluate', run, '--data', data, '--json', '--fail-under', '0.5'], {
      environment,
    });
    expect(passed.code).toBe(0);
    expect(JSON.parse(passed.stdout)).toMatchObject({ part: 'test', n: 24, accuracy });
    const failed = await finetune(['evaluate', run, '--data', data, '--fail-under', '1'], { environment });
    expect(failed.code).toBe(accuracy < 1 ? 1 : 0);
  });

  test('the same seed gives the same predictions, from the cache, and --json only JSON', async () => {
    const again = path.join(scratch(), 'again');
    const args = ['--data', data, '--out', again, '--epochs', '40', '--baseline-epochs', '10', '--json'];
    const { code, stdout } = await finetune(args, { environment });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ run: again, timing: { extractMsPerImage: 0 } });
    const file = (folder: string) => fs.readFileSync(path.join(folder, 'predictions.csv'), 'utf8');
    expect(file(again)).toBe(file(run));
  });

  test.each([
    ['the mlp head', ['--head', 'mlp', '--dropout', '0.3', '--label-smoothing', '0.1']],
    ['SGD', ['--optimiser', 'sgd', '--momentum', '0.8', '--learning-rate', '0.05', '--schedule', 'constant']],
    ['AdamW', ['--optimiser', 'adamw', '--weight-decay', '0.01', '--class-weights', 'balanced']],
  ])('trains with %s as well', async (_, options) => {
    const out = path.join(scratch(), 'run');
    const args = ['--data', data, '--out', out, '--baseline', 'none', '--epochs', '40', '--json'];
    const { code, stdout } = await finetune([...args, ...options], { environment });
    expect(code).toBe(0);
    const { test: measured } = JSON.parse(stdout);
    expect(measured.accuracy).toBeGreaterThan(0.7);
    expect(measured.logLoss).toBeLessThan(0.8);
  });

  test("--split uses an earlier run's pictures again, whatever the seed", async () => {
    const out = path.join(scratch(), 'run');
    const split = path.join(run, 'split.json');
    const args = ['--data', data, '--out', out, '--baseline', 'none', '--epochs', '5', '--seed', '7'];
    expect(await finetune([...args, '--split', split], { environment })).toMatchObject({ code: 0 });
    const partsOf = (file: string) => {
      const { train, validation, test: held } = JSON.parse(fs.readFileSync(file, 'utf8'));
      return { train, validation, held };
    };
    expect(partsOf(path.join(out, 'split.json'))).toEqual(partsOf(split));
  });

  test('look-alikes across the split are named with --baseline none too, and evaluate leaves them out', async () => {
    const folder = scratch();
    fs.cpSync(data, folder, { recursive: true });
    const [first] = fs.readdirSync(folderOf('havanese')).sort();
    const copy = sharp(path.join(folderOf('havanese'), first!))
      .resize(180)
      .jpeg({ quality: 70 });
    await copy.toFile(path.join(folder, 'train', 'havanese', 'copy.jpg'));
    const out = path.join(scratch(), 'run');
    const args = ['--data', folder, '--out', out, '--baseline', 'none', '--epochs', '40'];
    expect(await finetune(args, { environment })).toMatchObject({ code: 0 });
    const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
    expect(page).toContain(`test/havanese/${first} like train/havanese/copy.jpg`);
    const { stdout } = await finetune(['evaluate', out, '--data', folder, '--json'], { environment });
    expect(JSON.parse(stdout)).toMatchObject({
      n: 23,
      trained: { copies: 0, nearCopies: 1, included: false, told: 'all' },
    });
  });

  test('--unfreeze trains the upper layers too and keeps what the lower ones put out', async () => {
    const tuned = path.join(scratch(), 'tuned');
    const args = [
      '--data',
      data,
      '--baseline',
      'none',
      '--unfreeze',
      'block5_conv3',
      '--unfreeze-epochs',
      '2',
    ];
    const { code, stdout } = await finetune([...args, '--out', tuned, '--epochs', '40', '--json'], {
      environment,
    });
    expect(code).toBe(0);
    const metrics = JSON.parse(stdout);
    const convolution = 3 * 3 * 512 * 512 + 512;
    expect(metrics.parameters).toEqual({
      trainable: convolution + 512 * 3 + 3,
      frozen: 14_714_688 - convolution,
    });
    expect(await totalsOf(tuned)).toMatchObject(metrics.parameters);
    expect(metrics.frozen.test.accuracy).toBe(JSON.parse(metricsOf(run)).test.accuracy);
    expect(metrics.test.accuracy).toBeGreaterThan(0.7);
    const again = await finetune([...args, '--out', path.join(scratch(), 'again'), '--epochs', '5'], {
      environment,
    });
    expect(again.stderr).toContain('Features of 60 of 60 pictures were in the cache');
    expect(again.stdout).toMatch(/VGG-16 from block5_conv3 .*\nVGG-16 transferred/);
    const { stdout: answer } = await finetune(['predict', tuned, folderOf('havanese'), '--json'], {
      environment,
    });
    expect(JSON.parse(answer)).toHaveLength(8);
  });

  test('--strict refuses an unusable file', async () => {
    const { code, stderr } = await finetune(
      ['--data', data, '--strict', '--out', path.join(scratch(), 'r')],
      {
        environment,
      },
    );
    expect(code).toBe(2);
    expect(stderr).toContain('broken.jpg');
  });

  test('--out refuses a folder with other things in it', async () => {
    const { code, stderr } = await finetune(['--data', data, '--out', data], { environment });
    expect(code).toBe(2);
    expect(stderr).toContain('holds other files');
  });

  test.each(['SIGINT', 'SIGKILL'] as const)('after %s the same command goes on', async (signal) => {
    const out = path.join(scratch(), 'run');
    const args = [
      '--data',
      data,
      '--out',
      out,
      '--epochs',
      '3000',
      '--weight-decay',
      '0.1',
      '--baseline',
      'none',
    ];
    let killed = false;
    const stopped = await finetune(args, {
      environment,
      onError: (text, kill) => {
        if (killed || !text.includes('were in the cache')) return;
        killed = true;
        setTimeout(() => kill(signal), 300);
      },
    });
    expect(stopped.code).toBe(signal === 'SIGINT' ? 130 : null);
    expect(fs.existsSync(path.join(out, 'metrics.json'))).toBe(false);
    const resumed = await finetune(args, { environment });
    expect(resumed.stderr).toContain('Going on with the interrupted run');
    expect(resumed.code).toBe(0);
    expect(fs.existsSync(path.join(out, 'metrics.json'))).toBe(true);
  });

  test('a flat folder is split three ways; odd pictures are skipped with a reason', async () => {
    const flat = scratch();
    for (const label of classes)
      fs.cpSync(path.join(data, 'train', label), path.join(flat, label), { recursive: true });
    const odd = path.join(shared!, 'datasets', 'odd-images');
    for (const folder of ['truncated', 'corrupt', 'cmyk', 'huge-dimensions', 'made-here']) {
      fs.cpSync(path.join(odd, folder), path.join(flat, 'pomeranian', folder), { recursive: true });
    }
    const out = path.join(scratch(), 'run');
    const { code, stderr } = await finetune(['--data', flat, '--out', out, '--baseline', 'none'], {
      environment,
    });
    expect(stderr).toMatch(/\d+ files skipped/);
    expect(code).toBe(0);
    const split = JSON.parse(fs.readFileSync(path.join(out, 'split.json'), 'utf8'));
    expect(JSON.stringify(split)).toContain('"validation"');
    expect(JSON.parse(fs.readFileSync(path.join(out, 'metrics.json'), 'utf8')).baseline).toBeUndefined();
  });
});
