/** A sweep through the real command line and the library. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import * as library from '../src/index.js';
import type { RunMetrics } from '../src/runs/record.js';
import type { SweepResult } from '../src/runs/sweep.js';
import { tf } from '../src/runtime/tensorflow.js';
import { mainJob } from './helpers/main-job.js';
import { expectMistake } from './helpers/mistake.js';

const job = mainJob();
const { data, weights } = job;
const base = ['--data', data, '--base', 'squeezenet', '--weights', weights];
const space = ['weightDecay=1e-3..10', 'class-weights=none,balanced'];
const sweep = (out: string, more: readonly string[], options?: Parameters<typeof job.finetune>[1]) =>
  job.finetune(['sweep', ...more, ...base, '--out', out], options);

test('finetune sweep tries settings, says what the best is worth, and writes it for --config; again the same', async () => {
  const out = job.newRun();
  const { code, stdout } = await sweep(out, [...space, '--trials', '8', '--rounds', '2']);
  expect(code).toBe(0);
  expect(stdout).toContain('9 settings, drawn at random, by 5-fold cross-validation on 36 pictures');
  expect(stdout).toMatch(/flatters itself, here by −?\d/);
  expect(stdout).toMatch(/[Oo]n 24 held-out pictures, which chose nothing/);
  expect(stdout).toContain('the usual one');
  const files = ['best.json', 'checkpoint', 'metrics.json', 'report.html', 'trials.csv'];
  expect(fs.readdirSync(out).sort()).toEqual(files);
  const figures = () => fs.readFileSync(path.join(out, 'trials.csv'), 'utf8');
  const before = figures();
  expect(before.trim().split('\n')).toHaveLength(10);
  expect((await sweep(out, [...space, '--trials', '8', '--rounds', '2'])).code).toBe(0);
  expect(figures()).toBe(before);

  const run = job.newRun();
  const trained = await job.finetune([
    '--config',
    path.join(out, 'best.json'),
    '--baseline',
    'none',
    '--out',
    run,
  ]);
  expect(trained.code).toBe(0);
  // what the sweep says of the held-out pictures is what such a run gives
  const { heldOut } = JSON.parse(fs.readFileSync(path.join(out, 'metrics.json'), 'utf8')) as SweepResult;
  const { test } = JSON.parse(fs.readFileSync(path.join(run, 'metrics.json'), 'utf8')) as RunMetrics;
  expect(test.accuracy).toBe(heldOut.best.accuracy);
});

test('killed, it goes on; heads and steps can be searched, and what contradicts itself is left out', async () => {
  const out = job.newRun();
  const file = path.join(job.scratch(), 'space.yaml');
  fs.writeFileSync(file, 'head: [linear, mlp]\nsolver: [exact, steps]\nweightDecay: [0.01]\nepochs: 3\n');
  const journal = path.join(out, 'checkpoint', 'journal.jsonl');
  await sweep(out, [file, '--rounds', '1'], {
    onError: (_, kill) => {
      if (fs.existsSync(journal) && fs.readFileSync(journal, 'utf8').includes('\n')) kill('SIGKILL');
    },
  });
  const { code, stdout } = await sweep(out, [file, '--rounds', '1']);
  expect(code).toBe(0);
  expect(stdout).toContain('Left out, because they contradict themselves: 1 combination.');
  expect(stdout).toContain('head=mlp solver=steps weightDecay=0.01 epochs=3');
  expect(stdout).toContain('head=linear solver=exact weightDecay=0.01');
});

test.each([
  ['a mistyped option', ['weigthDecay=0.1'], "Did you mean 'weightDecay'?"],
  ['a mistyped value', ['head=linea'], "Did you mean 'linear'?"],
  ['a value out of bounds', ['weightDecay=-1'], 'weightDecay'],
  ['no space', [], 'Give for instance weightDecay=1e-4..10'],
  ['a file that is not there', ['space.yaml'], 'neither'],
  ['an empty range', ['weightDecay=10..1'], 'expected a list, or from and to'],
  ['an option of the base', ['unfreeze=fire9'], "'unfreeze' is no option of the head"],
  [
    'what contradicts an option of all',
    ['head=linear,prototypes', '--solver', 'steps'],
    'Expected no solver steps with --head prototypes',
  ],
  ['a grid of a range', ['weightDecay=1..10', '--search', 'grid'], 'Expected lists for --search grid'],
])('%s is a mistake in one line', async (_, more, message) => {
  expectMistake(await sweep(job.newRun(), [...more, '--quiet']), message);
});

test('sweep() does the same', async () => {
  for (const [name, value] of Object.entries(job.environment)) vi.stubEnv(name, value);
  const { numTensors } = tf.memory();
  const { result } = await library.sweep(
    { weightDecay: [0.01, 1], classWeights: ['none', 'balanced'] },
    { data, weights, base: 'squeezenet', rounds: 1, out: job.newRun() },
  );
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(result).toMatchObject({ how: 'grid', senseless: 0, pictures: 36 });
  expect(result.trials).toHaveLength(5);
  expect(result.trials[0]!.first).toBeGreaterThanOrEqual(result.trials[4]!.first);
  expect(result.corrected.accuracy).toBeLessThanOrEqual(1);
});
