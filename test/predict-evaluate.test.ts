/** The commands that use a finished run: `predict` and `evaluate`. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { drawnClasses, drawTinted } from './helpers/drawn-pictures.js';
import { mainJob } from './helpers/main-job.js';
import { metricsOf, predictionsOf } from './helpers/run-files.js';

const job = mainJob();
const run = job.newRun();
const broken = path.join(job.data, 'train', 'cat', 'broken.jpg');

beforeAll(async () => {
  fs.writeFileSync(broken, 'no picture');
  const testPicture = (...names: string[]) => path.join(job.data, 'test', ...names);
  fs.renameSync(testPicture('bird', '001.jpg'), testPicture('cat', 'bird.jpg')); // so not all come out right
  const { code, stderr } = await job.train(run);
  expect(code, stderr).toBe(0);
});

test('predict says the same as the run did', async () => {
  const folder = path.join(job.data, 'test', 'rabbit');
  const { code, stdout, stderr } = await job.finetune(['predict', run, folder, '--json', '--top', '3']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const answers = JSON.parse(stdout) as {
    path: string;
    predictions: { label: string; probability: number }[];
  }[];
  expect(answers).toHaveLength(8);
  for (const { path: file, predictions: top } of answers) {
    const recorded = predictionsOf(run).find((row) => file.endsWith(row.file))!;
    for (const { label, probability } of top) {
      expect(probability).toBeCloseTo(recorded.shares[drawnClasses.indexOf(label)]!, 3);
    }
  }
});

test('predict tells of broken files and goes on', async () => {
  const files = [broken, path.join(job.data, 'test', 'cat')];
  const { code, stdout, stderr } = await job.finetune(['predict', run, ...files, '--csv']);
  expect(stderr).toContain('broken.jpg was left out');
  expect(stdout.split('\n')[0]).toBe(`path,predicted,unlike,${drawnClasses.join(',')}`);
  expect(code).toBe(2);
});

test('evaluate repeats the figure and fails under a bound', async () => {
  const { accuracy } = metricsOf(run).test;
  expect(accuracy).toBeLessThan(1);
  const args = ['evaluate', run, '--data', job.data];
  const passed = await job.finetune([...args, '--json', '--fail-under', `${accuracy - 0.01}`]);
  expect(passed.code).toBe(0);
  expect(JSON.parse(passed.stdout)).toMatchObject({ part: 'test', n: 24, accuracy });
  const failed = await job.finetune([...args, '--fail-under', '1']);
  expect(failed.code).toBe(1);
});

test('evaluate refuses a class that the run does not know', async () => {
  const folder = job.scratch();
  await drawTinted(folder, { test: 1 });
  fs.renameSync(path.join(folder, 'test', 'cat'), path.join(folder, 'test', 'cart'));
  const { code, stderr } = await job.finetune(['evaluate', run, '--data', folder]);
  expect(code).toBe(2);
  expect(stderr).toContain("the folder has 'cart'. Did you mean 'cat'?");
});
