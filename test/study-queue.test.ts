/** Studies whose fits are made by the workers of a queue, through the real command line. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inventedBase } from './helpers/invented-weights.js';
import { mainJob } from './helpers/main-job.js';
import { hasRedis, RedisServer } from './helpers/redis.js';
import { Workers } from './helpers/workers.js';

const job = mainJob();
const { data, weights } = job;
/** Up to five programs open TensorFlow in a test. */
const patience = 600_000;
const base = ['--base', 'squeezenet', '--weights', weights];

describe.skipIf(!hasRedis)('over a queue', () => {
  let redis: RedisServer;
  const workers = new Workers(job.environment);
  beforeAll(async () => {
    redis = await RedisServer.start(job.scratch());
  });
  afterAll(async () => {
    await workers.killAll();
    await redis.kill();
  });

  const store = path.join(job.scratch(), 'store');
  /** Answers of fits in the shared folder. */
  const answers = () => {
    const studies = path.join(store, 'studies');
    if (!fs.existsSync(studies)) return [];
    const files = fs.readdirSync(studies, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => /[0-9a-f]{16}.[0-9a-f]{32}\.json$/.test(file));
  };

  /** Runs a study over the queue, then here alone, and expects the same bytes of all that it leaves behind. */
  async function expectSame(
    args: readonly string[],
    meanwhile: (signal: AbortSignal) => Promise<void>,
  ): Promise<number> {
    const before = answers().length;
    const out = job.newRun();
    const run = async (...more: string[]) => {
      const { code, stdout, stderr } = await job.finetune([
        ...args,
        ...['--store', store, '--out', out, '--json', '--device', 'cpu'],
        ...more,
      ]);
      expect(code, stderr).toBe(0);
      const files = fs.readdirSync(out).filter((name) => name !== 'checkpoint');
      return { stdout, files: files.map((name) => [name, fs.readFileSync(path.join(out, name), 'utf8')]) };
    };
    const ended = new AbortController();
    const submitted = run('--queue', redis.url).finally(() => ended.abort());
    const [queued] = await Promise.all([submitted, meanwhile(ended.signal)]);
    const made = answers().length;
    expect(queued).toEqual(await run());
    expect(answers()).toHaveLength(made);
    return made - before;
  }

  test('a worker is killed, and cross-validation comes out as alone', { timeout: patience }, async () => {
    const lenet = ['--baseline', 'lenet5', '--baseline-epochs', '2'];
    const args = ['cross-validate', data, ...base, '--folds', '4', ...lenet];
    const made = await expectSame(args, async (signal) => {
      const first = workers.start(redis.url);
      while (answers().length === 0 && !signal.aborted) await wait(20);
      await workers.kill(first);
      workers.start(redis.url);
    });
    expect(made).toBe(8);
  });

  test('a sweep races as alone', { timeout: patience }, async () => {
    const space = ['weightDecay=0.01,0.1', 'classWeights=none,balanced'];
    const args = ['sweep', ...space, '--data', data, ...base, '--rounds', '2'];
    expect(await expectSame(args, () => Promise.resolve())).toBeGreaterThan(6);
  });

  test('compare has all of its grid made', { timeout: patience }, async () => {
    const bases = `squeezenet=${weights},mobilenet-v1-0.25=${inventedBase('mobilenet-v1-0.25', job.scratch())}`;
    const args = ['compare', data, '--bases', bases, '--heads', 'linear,prototypes', '--seeds', '2'];
    expect(await expectSame(args, () => Promise.resolve())).toBe(8);
  });

  test('so has a learning curve', { timeout: patience }, async () => {
    const args = ['learning-curve', data, ...base, '--sizes', '2,5', '--draws', '2', '--baseline', 'none'];
    expect(await expectSame(args, () => Promise.resolve())).toBe(4);

    // the workers have that plan open, but from another folder
    const other = path.join(job.scratch(), 'other');
    const asked = [...args, '--store', other, '--queue', redis.url, '--out', job.newRun(), '--device', 'cpu'];
    const { code, stderr } = await job.finetune(asked);
    expect(code, stderr).toBe(0);
    const left = fs.readdirSync(path.join(other, 'studies'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((file) => /[0-9a-f]{16}.[0-9a-f]{32}\.json$/.test(file))).toHaveLength(4);
  });
});
