/** More than a head is trained: `--unfreeze`, `--augment`, `--from-scratch`; and `lr-find` for what is trained in steps. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { mainJob } from './helpers/main-job.js';
import { metricsOf } from './helpers/run-files.js';

const job = mainJob();
const run = job.newRun();

beforeAll(async () => {
  const { code, stderr } = await job.train(run);
  expect(code, stderr).toBe(0);
});

test('--unfreeze trains the upper layers too and keeps what the lower ones put out', async () => {
  const tuned = job.newRun();
  const options = ['--unfreeze', 'fire9', '--unfreeze-epochs', '2'];
  const { code, stdout } = await job.train(tuned, [...options, '--json']);
  expect(code).toBe(0);
  const metrics = JSON.parse(stdout);
  const fire9 = 512 * 64 + 64 + 64 * 256 + 256 + 9 * 64 * 256 + 256;
  expect(metrics.parameters).toEqual({ trainable: fire9 + 512 * 3 + 3, frozen: 722_496 - fire9 });
  const summary = await job.finetune(['summary', tuned, '--json']);
  expect(JSON.parse(summary.stdout).totals).toMatchObject(metrics.parameters);
  expect(metrics.frozen.test.accuracy).toBe(metricsOf(run).test.accuracy);
  expect(metrics.test.accuracy).toBeGreaterThan(0.9);
  const again = await job.train(job.newRun(), [...options, '--epochs', '5']);
  expect(again.stderr).toContain('Features of 60 of 60 pictures were in the cache');
  expect(again.stdout).toMatch(/SqueezeNet v1\.1 from fire9 .*\nSqueezeNet v1\.1 transferred/);
  const { stdout: answer } = await job.finetune([
    'predict',
    tuned,
    path.join(job.data, 'test', 'cat'),
    '--json',
  ]);
  expect(JSON.parse(answer)).toHaveLength(8);
});

test('--unfreeze of a layer that is not there names the blocks', async () => {
  const { code, stderr } = await job.train(job.newRun(), ['--unfreeze', 'fire99']);
  expect(code).toBe(2);
  expect(stderr).toContain("layer or block of squeezenet but received 'fire99'. Did you mean 'fire9'?");
  expect(stderr).toContain('Blocks: conv1, fire2, fire3,');
});

test('--unfreeze from the middle of a block, on altered pictures: what lies before it stays', async () => {
  const tuned = job.newRun();
  const options = [
    '--unfreeze',
    'fire9/expand3x3',
    '--unfreeze-epochs',
    '1',
    '--augment',
    'light',
    '--views',
    '1',
  ];
  const knobs = [
    '--warm-up',
    '1',
    '--clip-norm',
    '1',
    '--average-weights',
    '0.5',
    '--layer-rate-decay',
    '0.5',
  ];
  const { code, stdout, stderr } = await job.train(tuned, [...options, ...knobs, '--json']);
  expect(code, stderr).toBe(0);
  const { parameters } = JSON.parse(stdout);
  const trained = 9 * 64 * 256 + 256;
  expect(parameters).toEqual({ trainable: trained + 512 * 3 + 3, frozen: 722_496 - trained });
  const summary = await job.finetune(['summary', tuned, '--json']);
  expect(JSON.parse(summary.stdout).totals).toMatchObject(parameters);
  const page = fs.readFileSync(path.join(tuned, 'report.html'), 'utf8');
  expect(page).toMatch(/What training saw.*mirrored half of the time, cropped to/s);
});

test('--from-scratch trains a network of the zoo from random weights, on pictures altered afresh', async () => {
  const made = job.newRun();
  const options = ['--base', 'mobilenet', '--from-scratch', '--input', '32', '--epochs', '3'];
  const more = ['--augment', 'strong,mixup', '--baseline', 'none', '--out', made, '--json'];
  const { code, stdout, stderr } = await job.finetune(['--data', job.data, ...options, ...more]);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).parameters).toEqual({ trainable: 213_072 + 256 * 3 + 3, frozen: 0 });
  const answer = await job.finetune(['predict', made, path.join(job.data, 'test', 'cat'), '--json']);
  expect(JSON.parse(answer.stdout)).toHaveLength(8);
});

test('--head prototypes makes a run like any other', async () => {
  const made = job.newRun();
  const base = ['--base', 'squeezenet', '--weights', job.weights, '--baseline', 'none'];
  const { code, stdout, stderr } = await job.finetune([
    '--data',
    job.data,
    ...base,
    '--head',
    'prototypes',
    '--out',
    made,
  ]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('SqueezeNet v1.1 transferred');
  expect(metricsOf(made).test.accuracy).toBeGreaterThan(0.9);
});

test('lr-find suggests a rate for what is trained in steps and draws it', async () => {
  const chart = path.join(job.scratch(), 'rates.svg');
  const base = ['--base', 'squeezenet', '--weights', job.weights];
  const args = ['lr-find', job.data, ...base, '--head', 'mlp', '--chart', chart, '--json'];
  const { code, stdout, stderr } = await job.finetune(args);
  expect(code, stderr).toBe(0);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({ network: 'mlp head', option: 'learningRate', chart });
  expect(found.suggestion).toBeGreaterThan(1e-6);
  expect(fs.readFileSync(chart, 'utf8')).toMatch(/^<svg xmlns.*suggested/s);
});
