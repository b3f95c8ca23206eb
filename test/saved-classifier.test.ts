/** What a run keeps is the same network everywhere: in plain TF.js, as a SavedModel, in Python, for browsers. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decodePicture } from '../src/data/decode.js';
import { tf } from '../src/runtime/tensorflow.js';
import { drawnClasses } from './helpers/drawn-pictures.js';
import { mainJob } from './helpers/main-job.js';
import { python, pythonHas } from './helpers/python.js';
import { predictionsOf } from './helpers/run-files.js';
import { loadSavedModel } from './helpers/saved-model.js';

const job = mainJob();
const run = job.newRun();

beforeAll(async () => {
  const { code, stderr } = await job.train(run);
  expect(code, stderr).toBe(0);
});

const pixelsOf = (file: string) =>
  decodePicture(path.join(job.data, file), { height: 224, width: 224, channels: 3, resize: 'squash' });

/** What plain TF.js says of a picture. */
async function inPlainTfjs(folder: string, file: string): Promise<Float32Array> {
  const model = await tf.loadLayersModel(`file://${path.join(folder, 'model.json')}`);
  const pixels = Float32Array.from(await pixelsOf(file));
  const answer = tf.tidy(() =>
    (model.predict(tf.tensor4d(pixels, [1, 224, 224, 3])) as ReturnType<typeof tf.tensor>).dataSync(),
  );
  model.dispose();
  return answer as Float32Array;
}

test('the saved model gives the same probabilities in plain TF.js', async () => {
  const { file, shares } = predictionsOf(run)[3]!;
  const answer = await inPlainTfjs(path.join(run, 'model'), file);
  for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 3);
});

test('export writes a SavedModel that gives the same probabilities', async () => {
  const { code, stdout } = await job.finetune(['export', run]);
  expect(code).toBe(0);
  const folder = stdout.trim();
  const files = [
    ...['MODEL_CARD.md', 'README.md', 'golden.json', 'golden.png', 'how-to-use.json'],
    ...['labels.txt', 'saved_model.pb', 'verify.py'],
  ];
  expect(fs.readdirSync(folder).sort()).toEqual(files);
  const { file, shares } = predictionsOf(run)[5]!;
  const pixels = await pixelsOf(file);
  const model = await loadSavedModel(folder);
  const input = tf.tensor(pixels, [1, 224, 224, 3], 'int32');
  const answer = model.predict({ pictures: input })['probabilities']!.dataSync();
  for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 4);
  model.dispose();
  const again = await job.finetune(['export', run]);
  expect(again).toMatchObject({ code: 0, stdout, stderr: '' });
  const other = await job.finetune(['export', run, '--out', run]);
  expect(other).toMatchObject({ code: 2, stdout: '' });
  expect(other.stderr).toContain('new or empty folder, or an earlier export');
});

test.skipIf(!pythonHas('tensorflow'))(
  "Python's TensorFlow loads the SavedModel and agrees (skipped when FINETUNE_PYTHON has none)",
  async () => {
    const { file, shares } = predictionsOf(run)[2]!;
    const raw = path.join(job.scratch(), 'pixels');
    fs.writeFileSync(raw, await pixelsOf(file));
    const script =
      'import sys, json, numpy as np, tensorflow as tf\n' +
      "signature = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n" +
      'pixels = np.fromfile(sys.argv[2], np.uint8).reshape(1, 224, 224, 3)\n' +
      "print(json.dumps(signature(pictures=tf.constant(pixels))['probabilities'].numpy()[0].tolist()))";
    const folder = path.join(run, 'export', 'savedmodel');
    const { status, stdout, stderr } = spawnSync(python!, ['-c', script, folder, raw], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    for (const [i, value] of (JSON.parse(stdout) as number[]).entries()) {
      expect(value).toBeCloseTo(shares[i]!, 5);
    }
  },
);

test('export for browsers, in half precision if asked for', async () => {
  const out = path.join(job.scratch(), 'browser');
  const args = ['export', run, '--format', 'tfjs', '--float16', '--out', out];
  expect(await job.finetune(args)).toMatchObject({ code: 0, stdout: `${out}\n` });
  expect(fs.readFileSync(path.join(out, 'labels.txt'), 'utf8')).toBe(`${drawnClasses.join('\n')}\n`);
  const { file, shares } = predictionsOf(run)[1]!;
  const answer = await inPlainTfjs(out, file);
  for (const [i, share] of shares.entries()) expect(answer[i]).toBeCloseTo(share, 2);
});
