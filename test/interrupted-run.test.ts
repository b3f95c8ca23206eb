/** Runs that are ended in the middle, by the user or by force. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { mainJob } from './helpers/main-job.js';

const job = mainJob();
const whole = job.newRun();
/** Long enough to be ended in the middle on any machine. */
const long = ['--epochs', '1500', '--weight-decay', '0.1', '--device', 'cpu'];

beforeAll(async () => {
  const { code, stderr } = await job.train(whole, long);
  expect(code, stderr).toBe(0);
});

test.each(['SIGINT', 'SIGKILL'] as const)('after %s the same command goes on', async (signal) => {
  const out = job.newRun();
  let killed = false;
  const stopped = await job.train(out, long, {
    onError: (text, kill) => {
      if (killed || !text.includes('were in the cache')) return;
      killed = true;
      setTimeout(() => kill(signal), 300);
    },
  });
  expect(stopped.code).toBe(signal === 'SIGINT' ? 130 : null);
  expect(fs.existsSync(path.join(out, 'metrics.json'))).toBe(false);
  const resumed = await job.train(out, long);
  expect(resumed.stderr).toContain('Going on with the interrupted run');
  expect(resumed.code).toBe(0);
  expect(fs.existsSync(path.join(out, 'metrics.json'))).toBe(true);
  const predictions = (run: string) => fs.readFileSync(path.join(run, 'predictions.csv'), 'utf8');
  expect(predictions(out)).toBe(predictions(whole));
});
