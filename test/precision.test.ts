/** The frozen base in another precision than float32, and the whole sample as it is. */
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decodePicture } from '../src/data/decode.js';
import { tf } from '../src/runtime/tensorflow.js';
import { drawnClasses, sample } from './helpers/drawn-pictures.js';
import { mainJob } from './helpers/main-job.js';
import { jsonOf, metricsOf, predictionsOf } from './helpers/run-files.js';

const job = mainJob();
const run = job.newRun();

beforeAll(async () => {
  // int8 is for CPUs
  const { code, stderr } = await job.train(run, ['--precision', 'int8', '--device', 'cpu']);
  expect(code, stderr).toBe(0);
});

test('predicts in the precision that it was trained on; plain TF.js, in float32, comes close', async () => {
  expect(metricsOf(run)).toMatchObject({ precision: 'int8' });
  expect(metricsOf(run).test.accuracy).toBeGreaterThan(0.9);
  const folder = path.join(job.data, 'test', 'cat');
  const { stdout } = await job.finetune(['predict', run, folder, '--json', '--top', '3', '--device', 'cpu']);
  const answers = JSON.parse(stdout) as {
    path: string;
    predictions: { label: string; probability: number }[];
  }[];
  expect(answers).toHaveLength(8);
  const model = await tf.loadLayersModel(`file://${path.join(run, 'model', 'model.json')}`);
  for (const { path: file, predictions } of answers) {
    const { shares } = predictionsOf(run).find((row) => file.endsWith(row.file))!;
    const pixels = await decodePicture(file, { height: 224, width: 224, channels: 3, resize: 'squash' });
    const plain = tf.tidy(() => {
      const batch = tf.tensor4d(Float32Array.from(pixels), [1, 224, 224, 3]);
      return (model.predict(batch) as ReturnType<typeof tf.tensor>).dataSync();
    });
    for (const { label, probability } of predictions) {
      const place = drawnClasses.indexOf(label);
      expect(probability).toBeCloseTo(shares[place]!, 4);
      expect(Math.abs(probability - plain[place]!)).toBeLessThan(0.03);
    }
  }
  model.dispose();
});

test('evaluate repeats the figure of an int8 run', async () => {
  const { stdout } = await job.finetune(['evaluate', run, '--data', job.data, '--json']);
  const { accuracy, logLoss } = metricsOf(run).test;
  expect(JSON.parse(stdout)).toMatchObject({ n: 24, accuracy, logLoss: expect.closeTo(logLoss, 4) });
});

test('the whole sample, untinted, with the precision that this machine chooses, twice the same', async () => {
  const [first, again] = [job.newRun(), job.newRun()];
  for (const out of [first, again]) {
    const { code, stderr } = await job.train(out, ['--data', sample, '--epochs', '10']);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Precision (float32|bfloat16|float16|int8)/);
  }
  const { precision } = jsonOf(first, 'config.json');
  expect(precision.asked).toBe('auto');
  expect(jsonOf(again, 'config.json').precision).toEqual(precision);
  expect(predictionsOf(again)).toEqual(predictionsOf(first));
  const { test: measured } = metricsOf(first);
  expect(measured.n).toBe(160);
  // four classes, and a base that has learned nothing: 0.25 is guessing; measured 0.575
  expect(measured.accuracy).toBeGreaterThan(0.4);
});
