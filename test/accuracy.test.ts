/**
 * Accuracy on real photographs with real weights, through the command line. The bounds are what this project promises
 * for a frozen VGG-16; measured: pets 97.4 % (680 of 698), hymenoptera 94.8 % (145 of 153), with
 * `finetune --data FOLDER` (seed 0, int8 chosen by `--precision auto`).
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodePicture } from '../src/data/decode.js';
import { tf } from '../src/runtime/tensorflow.js';
import { expectAccuracy } from '../src/testing.js';
import { cacheWithTensorFlow, finetune, temporaryFolder } from './helpers/command-line.js';

const shared = process.env['FINETUNE_SHARED'];

describe.skipIf(!shared)('a frozen VGG-16 with a new head (needs FINETUNE_SHARED)', () => {
  const scratch = temporaryFolder();
  const environment = {
    FINETUNE_CACHE: cacheWithTensorFlow(path.join(scratch, 'cache')),
    FINETUNE_ZOO: path.join(shared ?? '', 'weights'),
  };
  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

  test.each([
    ['pets', 698, 0.97, /^Warning: 5 held-out pictures show a photograph that trains or chooses too,.*\n$/],
    ['hymenoptera', 153, 0.94, /^$/],
  ])(
    'on %s gets the held-out %d right to at least %d, LeNet-5 far less',
    async (name, held, least, said) => {
      const data = path.join(shared!, 'datasets', name);
      const out = path.join(scratch, name);
      const { code, stdout, stderr } = await finetune(['--data', data, '--out', out, '--json'], {
        environment,
      });
      expect(stderr).toMatch(said);
      expect(code).toBe(0);
      const { test: measured, baseline } = JSON.parse(stdout);
      expect(measured.n).toBe(held);
      expect(measured.accuracy).toBeGreaterThanOrEqual(least);
      expect(baseline.test.accuracy).toBeLessThan(0.7);
    },
    600_000,
  );

  test('measured again on the same pictures, it says what the training said', async () => {
    const run = path.join(scratch, 'hymenoptera');
    const against = path.join(run, 'predictions.csv');
    const data = path.join(shared!, 'datasets', 'hymenoptera');
    const { metrics, against: found } = await expectAccuracy(run, data, { atLeast: 0.94, against });
    expect(metrics.n).toBe(153);
    expect(found).toMatchObject({ all: { n: 153, difference: 0, onlyFirst: 0 }, unmatched: [], remarks: [] });
  });

  test('predicts in the precision that it was trained on; plain TF.js, in float32, comes close', async () => {
    const run = path.join(scratch, 'pets');
    const folder = path.join(shared!, 'datasets', 'pets', 'test', 'Abyssinian');
    const pictures = fs
      .readdirSync(folder)
      .slice(0, 8)
      .map((file) => path.join(folder, file));
    const { stdout } = await finetune(['predict', run, ...pictures, '--json', '--top', '7'], { environment });
    const answers = JSON.parse(stdout) as {
      path: string;
      predictions: { label: string; probability: number }[];
    }[];
    const written = fs.readFileSync(path.join(run, 'predictions.csv'), 'utf8').split('\n');
    const labels = fs.readFileSync(path.join(run, 'labels.txt'), 'utf8').trim().split('\n');
    const model = await tf.loadLayersModel(`file://${path.join(run, 'model', 'model.json')}`);
    for (const { path: file, predictions } of answers) {
      const row = written.find((line) => line.includes(path.basename(file)))!.split(',');
      const pixels = await decodePicture(file, { height: 320, width: 320, channels: 3, resize: 'squash' });
      const plain = tf.tidy(() => {
        const batch = tf.tensor4d(Float32Array.from(pixels), [1, 320, 320, 3]);
        return (model.predict(batch) as ReturnType<typeof tf.tensor>).dataSync();
      });
      for (const { label, probability } of predictions) {
        const place = labels.indexOf(label);
        expect(probability).toBeCloseTo(Number(row[3 + place]), 4);
        expect(Math.abs(probability - plain[place]!)).toBeLessThan(0.05);
      }
    }
    model.dispose();
  });
});
