/** The main job on a small network with random weights: what it leaves behind when it ends before its time. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { folderOf } from '../../test/helpers/picture-folders.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { networkWeights } from '../models/network-weights.js';
import { modelSpec } from '../models/registry.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { initialWeights } from '../training/initialise.js';
import { safetensorsBytes } from '../formats/safetensors.js';
import { runFinetune } from './finetune.js';
import type { FinetuneOptions } from '../runs/options.js';
import { Interrupted, type Progress } from '../runtime/progress.js';

const base = 'mobilenet-v1-0.25';
const { scratch } = scratchFolders();
let weights: string;
let temporary: string;

beforeAll(() => {
  const network = modelSpec(base).buildBase();
  const initial = initialWeights(network, new Random(1));
  const whole = new Map(networkWeights(network).map(({ name }) => [name, initial.get(name)!]));
  weights = path.join(scratch(), 'weights.safetensors');
  fs.writeFileSync(weights, safetensorsBytes(whole));
  temporary = scratch();
  vi.stubEnv('TMPDIR', temporary);
  vi.stubEnv('FINETUNE_CACHE', scratch());
  expect(os.tmpdir()).toBe(temporary);
});

const pictures = () => {
  const names = ['a', 'b'].flatMap((label) => Array.from({ length: 9 }, (_, i) => `${label}/${i}.png`));
  return folderOf(Object.fromEntries(names.map((name, i) => [name, i])));
};

const optionsFor = async (more: Partial<FinetuneOptions> = {}): Promise<FinetuneOptions> => ({
  data: await pictures(),
  base,
  weights,
  out: path.join(scratch(), 'run'),
  epochs: 4,
  baselineEpochs: 2,
  weightDecay: 0.01,
  cache: false,
  ...more,
});

const descriptors = () => fs.readdirSync('/proc/self/fd').length;

test('a run says the same whatever the cache holds of it', async () => {
  const options = await optionsFor({ baseline: 'none' });
  const said = async (more: Partial<FinetuneOptions>) => {
    const { directory } = await runFinetune({ ...options, ...more, out: path.join(scratch(), 'run') });
    const text = (name: string) => fs.readFileSync(path.join(directory, name), 'utf8');
    const maps = text('report.html').match(/<ol class="seen">[^]*?<\/ol>/)?.[0];
    expect(maps).toBeDefined();
    return [maps, ...['predictions.csv', 'sureness.json', 'split.json', 'confusion-matrix.svg'].map(text)];
  };
  const alone = await said({ cache: false });
  await said({ cache: true, weightDecay: 3 });
  expect(await said({ cache: true })).toEqual(alone);
}, 240_000);

/** Interrupts a job at the first progress of a kind. */
function until(isReached: (progress: Progress) => boolean, reason?: unknown) {
  const controller = new AbortController();
  const onProgress = (progress: Progress) => {
    if (isReached(progress)) controller.abort(reason);
  };
  return { onProgress, signal: controller.signal };
}

describe('a run', () => {
  test.each<[string, Partial<FinetuneOptions>, (progress: Progress) => boolean]>([
    ['scanning', {}, (p) => p.kind === 'work' && p.stage === 'Checking pictures'],
    ['computing features', {}, (p) => p.kind === 'work' && p.stage === 'Computing features'],
    ['training', {}, (p) => p.kind === 'epoch'],
    [
      'training the unfrozen layers',
      { unfreeze: 'conv_pw_13' },
      (p) => p.kind === 'epoch' && p.network.includes('from'),
    ],
    ['training the baseline', {}, (p) => p.kind === 'epoch' && p.network === 'LeNet-5'],
  ])(
    'interrupted while %s leaves no descriptor, tensor or folder and can go on',
    async (_, more, reached) => {
      const options = await optionsFor(more);
      const before = descriptors();
      const { numTensors } = tf.memory();
      await expect(runFinetune(options, until(reached))).rejects.toThrow(Interrupted);
      expect(tf.memory().numTensors).toBe(numTensors);
      await expect.poll(descriptors).toBe(before); // pictures that are being decoded end by themselves
      expect(fs.readdirSync(temporary).filter((name) => name.startsWith('finetune-features'))).toEqual([]);
      expect(fs.existsSync(path.join(options.out!, '.lock'))).toBe(false);
      const { directory } = await runFinetune(options);
      expect(fs.readdirSync(directory).sort()).toEqual([
        'checkpoint',
        'config.json',
        'confusion-matrix.svg',
        'labels.txt',
        'metrics.json',
        'model',
        'predictions.csv',
        'report.html',
        'results-baseline.csv',
        ...(more.unfreeze ? ['results-frozen.csv'] : []),
        'results.csv',
        'split.json',
        'sureness.json',
      ]);
      await expect.poll(descriptors).toBe(before);
    },
  );

  test('that diverges leaves no descriptor or folder', async () => {
    const options = await optionsFor({ learningRate: 10, optimiser: 'sgd', weightDecay: 1e30 });
    const before = descriptors();
    await expect(runFinetune(options)).rejects.toThrow('Training diverged');
    await expect.poll(descriptors).toBe(before);
    expect(fs.readdirSync(temporary).filter((name) => name.startsWith('finetune-features'))).toEqual([]);
  });

  test('with a mistake in it leaves a finished one as it was', async () => {
    const options = await optionsFor();
    const { directory } = await runFinetune(options);
    const contents = () =>
      fs
        .readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .sort()
        .map((file) => [file, fs.readFileSync(file).toString('base64')]);
    const before = contents();
    const mistakes: Partial<FinetuneOptions>[] = [
      { unfreeze: 'blok5' },
      { weights: 'none.h5' },
      { split: 'none.json' },
      { data: 'none' },
      { head: 'linea' as 'linear' },
    ];
    for (const mistake of mistakes) {
      await expect(runFinetune({ ...options, ...mistake })).rejects.toThrow(
        /^(Expected|Unusable|There is no)/,
      );
      expect(contents()).toEqual(before);
    }
    await expect(
      runFinetune({ ...options, strict: true, weightDecay: 1e30, learningRate: 10, optimiser: 'sgd' }),
    ).rejects.toThrow();
    expect(fs.readFileSync(path.join(directory, 'metrics.json'), 'utf8')).toContain('accuracy');
  });
});
