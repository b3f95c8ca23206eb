/** What a run knows of its own sureness, from the command line: sets, answers left open, pictures of another kind. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { mainJob } from './helpers/main-job.js';
import { jsonOf, metricsOf } from './helpers/run-files.js';

const job = mainJob();
const run = job.newRun();
const pictures = path.join(job.data, 'test', 'cat');

beforeAll(async () => {
  const base = ['--base', 'squeezenet', '--weights', job.weights, '--baseline', 'none'];
  const asked = ['--data', job.data, ...base, '--solver', 'exact', '--out', run];
  const { code, stderr } = await job.finetune(asked);
  expect(code, stderr).toBe(0);
});

interface Said {
  readonly sure: boolean;
  readonly set: readonly string[];
  readonly unlike: boolean;
  readonly likeness: number;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

test('a run keeps what its pictures said out of fold, and its figures', () => {
  const { from, truth } = jsonOf(run, 'sureness.json');
  expect(from).toBe('folds');
  expect(truth).toHaveLength(36);
  const { sureness, test: held, imagenet } = metricsOf(run);
  expect(sureness.calibration).toEqual({ n: 36, from: 'folds' });
  expect(sureness.sets.map(({ asked }: { asked: number }) => asked)).toEqual([0.9, 0.95]);
  expect(sureness.unlike.expected).toBeCloseTo(1 / 37);
  expect(held.macroF1).toBeGreaterThan(0);
  expect(imagenet).toBeUndefined(); // weights of the user's own: what they know is not known
  expect(fs.readFileSync(path.join(run, 'report.html'), 'utf8')).toContain('When it should not answer');
});

test('predict gives sets, and leaves open what is too unsure', async () => {
  const asked = ['predict', run, pictures, '--coverage', '0.9', '--abstain-below', '0.6', '--json'];
  const { code, stdout, stderr } = await job.finetune(asked);
  expect(code, stderr).toBe(0);
  for (const { sure, set, unlike, likeness, predictions } of JSON.parse(stdout) as Said[]) {
    expect(sure).toBe(predictions[0]!.probability >= 0.6);
    expect(predictions.slice(0, set.length).map(({ label }) => label)).toEqual(set);
    expect(unlike).toBe(likeness <= 1 / 37);
  }
  const lines = await job.finetune(['predict', run, pictures, '--abstain-below', '1', '--csv']);
  expect(lines.stdout).toMatch(/^path,predicted,unlike,/);
  expect(lines.stdout.match(/,not sure,/g)).toHaveLength(8);
});

test('a coverage that too few pictures vouch for is refused with the arithmetic', async () => {
  const { code, stderr } = await job.finetune(['predict', run, pictures, '--coverage', '0.99']);
  expect(code).toBe(2);
  expect(stderr).toContain('at least 99 calibration pictures');
  expect(stderr).toContain('has 36, enough for at most 36/37. Ask for 0.972 or less');
  const percentage = await job.finetune(['predict', run, pictures, '--coverage', '90']);
  expect(percentage.stderr).toContain(
    'Expected --coverage between 0 and 1 but received 90. For 90 % write 0.9.',
  );
});

test('evaluate measures them', async () => {
  const asked = ['evaluate', run, '--data', job.data, '--coverage', '0.9', '--abstain-below', '0.6'];
  const { stdout } = await job.finetune([...asked, '--json']);
  const { sets, abstained, selective, unlike, macroF1, n } = JSON.parse(stdout);
  expect(sets).toMatchObject({ asked: 0.9, n: 24 });
  expect(sets.sizes.reduce((a: number, b: number) => a + b, 0)).toBe(24);
  expect(abstained.answered).toBeLessThanOrEqual(n);
  expect(selective.at(-1)).toMatchObject({ answered: 24, n: 24 });
  expect(unlike.n).toBe(24);
  expect(macroF1).toBeCloseTo(metricsOf(run).test.macroF1, 2);
});

test('a run without the record predicts all the same, and says why it has no sets', async () => {
  const old = path.join(job.scratch(), 'old');
  fs.cpSync(run, old, { recursive: true });
  fs.rmSync(path.join(old, 'sureness.json'));
  const { code, stdout } = await job.finetune(['predict', old, pictures, '--csv']);
  expect(code).toBe(0);
  expect(stdout).not.toContain('unlike');
  const { stderr } = await job.finetune(['predict', old, pictures, '--coverage', '0.9']);
  expect(stderr).toMatch(/has no sureness.json: it is of an older version.*Train it again\.\n$/);
  fs.writeFileSync(path.join(old, 'sureness.json'), '{"version": 1');
  const damaged = await job.finetune(['predict', old, pictures]);
  expect(damaged.code).toBe(2);
  expect(damaged.stderr).toContain('sureness.json');
});
