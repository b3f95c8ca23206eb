/** `--unfreeze`: the upper layers of the base are trained too. */
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
  const { code, stderr } = await job.train(job.newRun(), ['--unfreeze', 'fire10']);
  expect(code).toBe(2);
  expect(stderr).toContain(
    "layer or block of squeezenet but received 'fire10'. Blocks: conv1, fire2, fire3,",
  );
});
