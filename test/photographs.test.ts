/** The main job on real photographs with VGG-16's published weights: what drawings and invented weights cannot tell. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodePicture } from '../src/data/decode.js';
import { tf } from '../src/runtime/tensorflow.js';
import { cacheWithTensorFlow, finetune, type Outcome, smallFolder } from './helpers/command-line.js';
import { jsonOf, metricsOf, predictionsOf } from './helpers/run-files.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const { made, scratch } = scratchFolders();

describe.skipIf(!shared)('the main job on real photographs (needs FINETUNE_SHARED)', () => {
  const classes = ['Abyssinian', 'havanese', 'pomeranian'];
  const environment = {
    FINETUNE_CACHE: cacheWithTensorFlow(scratch()),
    FINETUNE_ZOO: path.join(shared ?? '', 'weights'),
  };
  let data = '';
  let run = '';
  let first: Outcome;
  const train = (out: string, ...more: string[]) =>
    finetune(['--data', data, '--out', out, '--epochs', '40', ...more], { environment });

  beforeAll(async () => {
    data = smallFolder(path.join(shared!, 'datasets', 'pets'), classes, { train: 12, test: 8 });
    made.push(data);
    run = path.join(scratch(), 'run');
    first = await train(run, '--baseline-epochs', '10');
  });

  test('ends with the table and the way to the report', () => {
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/VGG-16 transferred +\d+\.\d % .*\nLeNet-5 from scratch/);
  });

  test('tells the breeds apart, and counts what was trained', () => {
    const { test: measured, parameters } = metricsOf(run);
    expect(measured.accuracy).toBeGreaterThan(0.7);
    expect(parameters).toEqual({ trainable: 512 * 3 + 3, frozen: 14_714_688 });
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
      ...metricsOf(run).parameters,
      uncounted: [],
    });
  });

  test('export for browsers writes shards, in half precision if asked for', async () => {
    const out = path.join(scratch(), 'browser');
    const args = ['export', run, '--format', 'tfjs', '--float16', '--out', out];
    expect(await finetune(args, { environment })).toMatchObject({ code: 0, stdout: `${out}\n` });
    expect(fs.readdirSync(out).filter((name) => name.endsWith('.bin'))).toHaveLength(8);
    const model = await tf.loadLayersModel(`file://${path.join(out, 'model.json')}`);
    const { file, shares } = predictionsOf(run)[1]!;
    const size = { height: 224, width: 224, channels: 3, resize: 'squash' } as const;
    const pixels = Float32Array.from(await decodePicture(path.join(data, file), size));
    const answer = tf.tidy(() =>
      (model.predict(tf.tensor4d(pixels, [1, 224, 224, 3])) as ReturnType<typeof tf.tensor>).dataSync(),
    );
    model.dispose();
    for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 2);
  });

  test.each([
    ['the mlp head', ['--head', 'mlp', '--dropout', '0.3', '--label-smoothing', '0.1']],
    ['SGD', ['--optimiser', 'sgd', '--momentum', '0.8', '--learning-rate', '0.05', '--schedule', 'constant']],
    ['AdamW', ['--optimiser', 'adamw', '--weight-decay', '0.01', '--class-weights', 'balanced']],
  ])('trains with %s as well', async (_, options) => {
    const { code, stdout } = await train(
      path.join(scratch(), 'run'),
      '--baseline',
      'none',
      '--json',
      ...options,
    );
    expect(code).toBe(0);
    const { test: measured } = JSON.parse(stdout);
    expect(measured.accuracy).toBeGreaterThan(0.7);
    expect(measured.logLoss).toBeLessThan(0.8);
  });

  test('--unfreeze trains the upper layers too and keeps what the lower ones put out', async () => {
    const tuned = path.join(scratch(), 'tuned');
    const options = ['--baseline', 'none', '--unfreeze', 'block5_conv3', '--unfreeze-epochs', '2'];
    const { code, stdout } = await train(tuned, ...options, '--json');
    expect(code).toBe(0);
    const metrics = JSON.parse(stdout);
    const convolution = 3 * 3 * 512 * 512 + 512;
    expect(metrics.parameters).toEqual({
      trainable: convolution + 512 * 3 + 3,
      frozen: 14_714_688 - convolution,
    });
    expect(await totalsOf(tuned)).toMatchObject(metrics.parameters);
    expect(metrics.frozen.test.accuracy).toBe(metricsOf(run).test.accuracy);
    expect(metrics.test.accuracy).toBeGreaterThan(0.7);
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
    expect(JSON.stringify(jsonOf(out, 'split.json'))).toContain('"validation"');
  });
});
