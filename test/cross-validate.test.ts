/** Cross-validation through the real command line and the library. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import * as library from '../src/index.js';
import { tf } from '../src/runtime/tensorflow.js';
import { mainJob } from './helpers/main-job.js';
import { expectMistake } from './helpers/mistake.js';

const job = mainJob();
const { data, weights } = job;
const base = ['--base', 'squeezenet', '--weights', weights];

test('finetune cross-validate judges every picture, and leaves a test part alone; again the same', async () => {
  const out = job.newRun();
  const run = () =>
    job.finetune([
      'cross-validate',
      data,
      ...base,
      '--folds',
      '3',
      '--repeats',
      '2',
      '--baseline',
      'lenet5',
      '--baseline-epochs',
      '2',
      '--out',
      out,
    ]);
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toContain('Each of 36 pictures was judged by networks that had not seen it. The 24');
  expect(stdout).toContain('Folds were dealt 2 times');
  expect(stdout).toMatch(/^rabbit +12 +\d/m);
  expect(stdout).toMatch(/(is better than LeNet-5|cannot be told apart)/);
  expect(fs.readdirSync(out).sort()).toEqual(['checkpoint', 'classes.csv', 'metrics.json', 'report.html']);
  const figures = () => fs.readFileSync(path.join(out, 'metrics.json'), 'utf8');
  const before = figures();
  expect((await run()).code).toBe(0);
  expect(figures()).toBe(before);
});

test.each([
  ['more folds than pictures', ['--folds', '100'], 'Expected at least 100 groups of pictures'],
  ['one fold', ['--folds', '1'], 'folds: expected number to be >=2'],
  ['--test-fraction', ['--test-fraction', '0.2'], "unknown option '--test-fraction'"],
])('%s is a mistake in one line', async (_, more, message) => {
  const out = job.newRun();
  expectMistake(
    await job.finetune(['cross-validate', data, ...base, '--quiet', '--out', out, ...more]),
    message,
  );
});

test('the main job points to it', async () => {
  const { code, stderr } = await job.finetune(['--data', data, '--folds', '5']);
  expect(stderr).toContain('finetune cross-validate DIR --folds 5 --repeats 3');
  expect(code).toBe(2);
});

test('crossValidate() of a folder of groups keeps each in one fold', async () => {
  for (const [name, value] of Object.entries(job.environment)) vi.stubEnv(name, value);
  const grouped = job.scratch();
  for (const label of fs.readdirSync(path.join(data, 'train'))) {
    for (const [i, file] of fs
      .readdirSync(path.join(data, 'train', label))
      .sort()
      .entries()) {
      const folder = path.join(grouped, `animal${i % 6}`, label);
      fs.mkdirSync(folder, { recursive: true });
      fs.copyFileSync(path.join(data, 'train', label, file), path.join(folder, file));
    }
  }
  const { numTensors } = tf.memory();
  const { result } = await library.crossValidate({
    data: grouped,
    layout: 'groups',
    weights,
    base: 'squeezenet',
    folds: 3,
    out: job.newRun(),
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(result.kept).toContain('one group');
  expect(result.network.metrics.n).toBe(36);
  expect(result.network.metrics.accuracy.accuracy).toBeGreaterThan(0.6);
  expect(result.network.metrics.macroF1.ci95[0]).toBeLessThanOrEqual(result.network.metrics.macroF1.value);
});
