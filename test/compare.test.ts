/** Comparing networks through the real command line and the library. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import * as library from '../src/index.js';
import { tf } from '../src/runtime/tensorflow.js';
import { inventedBase } from './helpers/invented-weights.js';
import { mainJob } from './helpers/main-job.js';
import { expectMistake } from './helpers/mistake.js';

const job = mainJob();
const { data, weights } = job;
const small = inventedBase('mobilenet-v1-0.25', job.scratch());
const bases = `squeezenet=${weights},mobilenet-v1-0.25=${small}`;

test('finetune compare shows every network and a sentence a pair; again the same', async () => {
  const out = job.newRun();
  const compare = () =>
    job.finetune([
      'compare',
      data,
      '--bases',
      bases,
      '--heads',
      'linear,mlp',
      '--seeds',
      '2',
      '--epochs',
      '4',
      '--out',
      out,
    ]);
  const { code, stdout } = await compare();
  expect(code).toBe(0);
  expect(stdout).toMatch(/SqueezeNet v1\.1 \(.*\), mlp +\d/);
  expect(stdout).toContain('24 pictures of 3 classes were held out; 2 seeds, the same for all networks');
  expect(stdout.match(/(is better than|cannot be told apart|that may be chance)/g)).toHaveLength(6);
  expect(stdout).toContain('corrected for 6 pairs');
  expect(fs.readdirSync(out).sort()).toEqual(['checkpoint', 'comparison.csv', 'metrics.json', 'report.html']);
  const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
  expect(page).not.toMatch(/(src|href)="http/);
  const figures = () => fs.readFileSync(path.join(out, 'comparison.csv'), 'utf8');
  const before = figures();
  expect(before.trim().split('\n')).toHaveLength(1 + 4 * 2);
  expect((await compare()).code).toBe(0);
  expect(figures()).toBe(before);
});

test('each base decides its own precision', async () => {
  const out = job.newRun();
  const args = ['compare', data, '--bases', bases, '--seeds', '2', '--precision', 'int8', '--out', out];
  const { code, stderr } = await job.finetune(args);
  expect(code, stderr).toBe(0);
});

test('killed, it goes on from there', async () => {
  const out = job.newRun();
  const journal = path.join(out, 'checkpoint', 'journal.jsonl');
  const args = ['compare', data, '--bases', bases, '--seeds', '3', '--out', out];
  const isBegun = () => fs.existsSync(journal) && fs.readFileSync(journal, 'utf8').includes('\n');
  await job.finetune(args, {
    onError: (_, kill) => {
      if (isBegun()) kill('SIGKILL');
    },
  });
  const { code } = await job.finetune(args);
  expect(code).toBe(0);
});

test.each([
  ['a mistyped base', ['--bases', 'squeezenet,vgg61'], "Did you mean 'vgg16'?"],
  ['a mistyped head', ['--heads', 'linea'], "Did you mean 'linear'?"],
  ['one network', ['--bases', 'vgg16'], 'Expected two networks or more to compare'],
  ['the same twice', ['--bases', 'vgg16,vgg16'], 'Expected each base once'],
  ['--base', ['--base', 'vgg16'], "unknown option '--base'"],
])('%s is a mistake in one line', async (_, more, message) => {
  expectMistake(await job.finetune(['compare', data, ...more]), message);
});

test('compareNetworks() splits a flat folder anew for each seed', async () => {
  for (const [name, value] of Object.entries(job.environment)) vi.stubEnv(name, value);
  const { numTensors } = tf.memory();
  const { comparison } = await library.compareNetworks({
    data: path.join(data, 'train'),
    bases: [`squeezenet=${weights}`, `mobilenet-v1-0.25=${small}`],
    seeds: 3,
    out: job.newRun(),
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  const { networks, pairs, judged, ownSplits } = comparison;
  expect(ownSplits).toBe(true);
  expect(judged).toBeGreaterThan(6); // 15 % of 36 pictures, three times
  expect(networks.map(({ bySeed }) => bySeed.length)).toEqual([3, 3]);
  expect(networks[0]!.multiplyAdds).toBeGreaterThan(networks[1]!.multiplyAdds);
  expect(pairs).toHaveLength(1);
  expect(pairs[0]!.p).toBeGreaterThan(0);
});
