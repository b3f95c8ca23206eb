/** Features computed by several processes into one folder: in fixed shares, and over a queue whose parts are killed. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainJob } from './helpers/main-job.js';
import { hasRedis, RedisServer } from './helpers/redis.js';
import { featureFiles } from './helpers/shards.js';
import { Workers } from './helpers/workers.js';

const job = mainJob();
/** Up to nine programs start in a test, each of which opens TensorFlow. */
const patience = 300_000;
const base = ['--data', job.data, '--base', 'squeezenet', '--weights', job.weights, '--device', 'cpu'];
const store = path.join(job.scratch(), 'store');
const extract = (...more: string[]) => job.finetune(['extract', ...base, '--json', ...more]);

test('three processes compute a third each, and the main job nothing', { timeout: patience }, async () => {
  const done = await Promise.all([1, 2, 3].map((i) => extract('--store', store, '--shard', `${i}/3`)));
  for (const { code, stderr, stdout } of done) {
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ shards: 1, computed: 1, pictures: 20, skipped: [] });
  }
  const files = featureFiles(store);
  const again = await extract('--store', store, '--shards', '3');
  expect(JSON.parse(again.stdout)).toMatchObject({ shards: 3, computed: 0, pictures: 60 });
  expect(featureFiles(store)).toEqual(files);

  const main = ['--store', store, '--no-cache', '--baseline', 'none', '--out', job.newRun()];
  const { code, stderr } = await job.finetune([...base, ...main]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`All features come from '${store}'`);
  expect(stderr).toContain(`All small pictures for finding copies come from '${store}'`);
  expect(stderr).not.toContain('Computing features');
});

test(
  'a shard by a plan has the same bytes; a picture that has gone makes no shard',
  { timeout: patience },
  async () => {
    const data = path.join(job.scratch(), 'data');
    fs.cpSync(job.data, data, { recursive: true });
    const other = path.join(job.scratch(), 'store');
    const planned = await job.finetune([
      'extract',
      ...base,
      '--store',
      other,
      '--shards',
      '3',
      '--plan-only',
      '--json',
    ]);
    const { plan } = JSON.parse(planned.stdout) as { plan: string };
    const shard = (i: number, folder: string) =>
      job.finetune([
        'extract',
        '--store',
        other,
        '--plan',
        plan,
        '--shard',
        `${i}/3`,
        '--data',
        folder,
        '--device',
        'cpu',
      ]);
    expect((await shard(2, data)).code).toBe(0);
    for (const [file, digest] of Object.entries(featureFiles(other)))
      expect(featureFiles(store)[file]).toBe(digest);

    fs.rmSync(data, { recursive: true });
    const { code, stderr } = await shard(1, data);
    expect(code).toBe(1);
    expect(stderr).toMatch(/'.*' cannot be had as it was planned/);
    expect(Object.keys(featureFiles(other))).toHaveLength(2);
  },
);

test.each([
  [['--shard', '0/3'], "Expected --shard i/n with i from 1 to n, such as 3/64, but received '0/3'"],
  [['--shard', '1/3', '--shards', '3'], 'Expected not both --shard and --shards'],
  [['--plan', 'f00'], 'Expected no base, weights beside --plan'],
  [['--queue', 'http://user:secret@host'], 'Expected --queue to be the address of a Redis'],
])('%j is refused in a line', async (flags, message) => {
  const { code, stderr } = await extract('--store', store, ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('secret');
});

describe.skipIf(!hasRedis)('over a queue', () => {
  let redis: RedisServer;
  const workers = new Workers(job.environment);
  const worker = () => workers.start(redis.url);

  beforeAll(async () => {
    redis = await RedisServer.start(job.scratch());
  });
  afterAll(async () => {
    await workers.killAll();
    await redis.kill();
  });

  test(
    'workers and Redis are killed, and the bytes are those of one machine',
    { timeout: patience },
    async () => {
      const queued = path.join(job.scratch(), 'store');
      const submitted = extract('--store', queued, '--shards', '6', '--queue', redis.url);
      let current = worker();
      const finished = async (count: number) => {
        const records = () =>
          fs.existsSync(queued)
            ? fs
                .readdirSync(queued, { recursive: true, encoding: 'utf8' })
                .filter((file) => /[0-9a-f]{16}.[0-9a-f]{32}\.json$/.test(file))
            : [];
        while (records().length < count) await wait(20);
      };
      await finished(1);
      await workers.kill(current);
      current = worker();
      await finished(5);
      await redis.kill();
      await wait(300);
      await redis.run();
      const { code, stdout, stderr } = await submitted;
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ shards: 6, pictures: 60, skipped: [] });
      const alone = path.join(job.scratch(), 'store');
      await extract('--store', alone, '--shards', '6');
      expect(featureFiles(queued)).toEqual(featureFiles(alone));
      await workers.kill(current);
    },
  );

  test(
    'a shard that cannot be computed fails alone after three tries, and is named',
    { timeout: patience },
    async () => {
      const data = path.join(job.scratch(), 'pictures');
      const queued = path.join(job.scratch(), 'store');
      fs.cpSync(job.data, data, { recursive: true });
      const args = ['extract', '--data', data, ...base.slice(2), '--store', queued, '--shards', '4'];
      const submitted = job.finetune([...args, '--queue', redis.url]);
      while (!fs.existsSync(path.join(queued, 'plans'))) await wait(20);
      const plans = path.join(queued, 'plans');
      while (!fs.readdirSync(plans).some((name) => fs.existsSync(path.join(plans, name, 'plan.json'))))
        await wait(20);
      const [plan] = fs.readdirSync(plans);
      const [first] = JSON.parse(fs.readFileSync(path.join(plans, plan!, '2.json'), 'utf8')) as {
        file: string;
      }[];
      fs.rmSync(path.join(data, first!.file));
      worker();
      const { code, stderr } = await submitted;
      expect(code, stderr).toBe(2);
      expect(stderr).toContain('1 failed in 3 tries');
      expect(stderr).toContain('shard 2 of 4 (pictures)');
      expect(stderr).toContain('cannot be had as it was planned');
      expect(Object.keys(featureFiles(queued))).toHaveLength(6);
      const status = await job.finetune(['queue', 'status', '--queue', redis.url, '--json']);
      expect(JSON.parse(status.stdout)).toMatchObject({
        workers: 1,
        waiting: 0,
        failed: [{ shard: 2, tries: 3 }],
      });
    },
  );
});
