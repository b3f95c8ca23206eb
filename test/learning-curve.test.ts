/** The learning curve through the real command line and the library. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import * as library from '../src/index.js';
import { tf } from '../src/runtime/tensorflow.js';
import { mainJob } from './helpers/main-job.js';
import { expectMistake } from './helpers/mistake.js';

const job = mainJob();
const { data, weights } = job;
const base = ['--base', 'squeezenet', '--weights', weights];
const curve = (out: string, more: readonly string[] = [], options?: Parameters<typeof job.finetune>[1]) =>
  job.finetune(['learning-curve', data, ...base, '--draws', '3', '--out', out, ...more], options);
const files = ['checkpoint', 'learning-curve.csv', 'metrics.json', 'report.html'];
const noBaseline = ['--baseline', 'none'];

describe('finetune learning-curve', () => {
  test('shows accuracy by size, a forecast, and LeNet-5 beside it; again the same', async () => {
    const out = job.newRun();
    const more = ['--baseline-draws', '1', '--baseline-epochs', '3'];
    const { code, stdout } = await curve(out, more);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^12 a class +36 +1 +\d/m);
    expect(stdout).toMatch(/^1 a class +3 +3 +\d/m);
    expect(stdout).toContain('LeNet-5 from scratch');
    expect(stdout).toMatch(/With twice as many pictures to train on \(72\) the curve goes on from/);
    expect(stdout).toContain('On 24 held-out pictures of 3 classes, the same at every size.');
    expect(fs.readdirSync(out).sort()).toEqual(files);
    const page = fs.readFileSync(path.join(out, 'report.html'), 'utf8');
    expect(page).toContain('<svg class="curve learning"');
    expect(page).not.toMatch(/(src|href)="http/);

    const figures = () => fs.readFileSync(path.join(out, 'learning-curve.csv'), 'utf8');
    const before = figures();
    expect((await curve(out, more)).code).toBe(0);
    expect(figures()).toBe(before);
  });

  test('--json is one object with points, intervals and forecast', async () => {
    const { stdout, stderr } = await curve(job.newRun(), [...noBaseline, '--json', '--sizes', '1,2,4,8']);
    // drawn pictures are alike enough for two to be taken for copies
    expect(stderr).toMatch(/^(Warning: .*\n)?$/);
    const { lines, forecast, heldOut } = JSON.parse(stdout) as library.LearningCurve;
    expect(heldOut).toBe(24);
    expect(lines.map(({ network }) => network)).toEqual(['transferred']);
    expect(lines[0]!.points.map(({ pictures }) => pictures)).toEqual([3, 6, 12, 24]);
    for (const { accuracy, ci95, lowest, highest } of lines[0]!.points) {
      expect(ci95[0]).toBeLessThanOrEqual(accuracy);
      expect(ci95[1]).toBeGreaterThanOrEqual(accuracy);
      expect(lowest).toBeLessThanOrEqual(accuracy);
      expect(highest).toBeGreaterThanOrEqual(accuracy);
    }
    expect(forecast!.points.map(({ times, pictures }) => [times, pictures])).toEqual([
      [2, 48],
      [4, 96],
    ]);
  });

  test('killed, it goes on from there', async () => {
    const out = job.newRun();
    const journal = path.join(out, 'checkpoint', 'journal.jsonl');
    await curve(out, noBaseline, {
      onError: (_, kill) => {
        if (fs.existsSync(journal) && fs.readFileSync(journal, 'utf8').split('\n').length > 4)
          kill('SIGKILL');
      },
    });
    fs.appendFileSync(journal, '{"key":"cut o'); // as a killed process may leave it
    const { code, stderr } = await curve(out, noBaseline);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Going on: \d+ fits are done already/);
    expect(fs.readdirSync(out).sort()).toEqual(files);
  });

  test.each([
    ['a size that no class has', ['--sizes', '1,500'], 'Expected sizes up to 12'],
    ['no size at all', ['--sizes', 'some'], 'sizes'],
    ['one draw', ['--draws', '1'], 'draws: expected number to be >=2'],
    ['unfreezing', ['--unfreeze', 'fire9'], "unknown option '--unfreeze'"],
    ['one picture a class in steps', ['--sizes', '1', '--solver', 'steps'], 'Expected sizes from 2 on'],
  ])('%s is a mistake in one line', async (_, more, message) => {
    expectMistake(
      await job.finetune(['learning-curve', data, ...base, '--quiet', '--out', job.newRun(), ...more]),
      message,
    );
  });

  test("a classifier's folder is left alone", async () => {
    const out = job.newRun();
    fs.mkdirSync(path.join(out, 'model'), { recursive: true });
    const { code, stderr } = await curve(out, noBaseline);
    expect(stderr).toContain('holds a classifier');
    expect(code).toBe(2);
  });
});

test('learningCurve() does the same, with any head', async () => {
  for (const [name, value] of Object.entries(job.environment)) vi.stubEnv(name, value);
  const { numTensors } = tf.memory();
  const { curve: found, summary } = await library.learningCurve({
    data,
    weights,
    base: 'squeezenet',
    head: 'mlp',
    epochs: 5,
    sizes: [2, 6],
    draws: 2,
    baseline: 'none',
    out: job.newRun(),
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(found.lines[0]!.points).toHaveLength(2);
  expect(found.forecast).toBeUndefined();
  expect(summary).toContain('No forecast: it takes 4 sizes');
});
