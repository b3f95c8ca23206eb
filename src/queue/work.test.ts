/** Workers at a Redis of the test's own, computing nothing. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Job, WorkerOptions } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasRedis, RedisServer } from '../../test/helpers/redis.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { closingAll } from '../runtime/closing.js';
import { connect, openQueue } from './connect.js';
import { jobOptions } from './job.js';
import { runWorker } from './work.js';

vi.mock('./connect.js', async (original) => {
  const connecting = await original<typeof import('./connect.js')>();
  return {
    ...connecting,
    connect: async (url: string) => {
      const connection = await connecting.connect(url);
      class Worker extends connection.bullmq.Worker {
        constructor(name: string, _: string, options: WorkerOptions) {
          super(
            name,
            async ({ data }: Job<{ pictures: number }>) => {
              await wait(500);
              return { computed: 1, pictures: data.pictures, skipped: 0 };
            },
            options,
          );
        }
      }
      return { ...connection, bullmq: { ...connection.bullmq, Worker } };
    },
  };
});

const { scratch } = scratchFolders();

describe.skipIf(!hasRedis)('a worker', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start(scratch());
  });
  afterAll(() => redis.kill());
  const work = (signal?: AbortSignal) =>
    runWorker({ url: redis.url, lock: 30, untilEmpty: signal === undefined }, signal ? { signal } : {});

  test('ends with --until-empty though others were still at work when it had nothing to do', async () => {
    await closingAll(async (keep) => {
      const queue = openQueue(keep(await connect(redis.url)));
      const data = { data: '/pictures', shard: 1, shards: 1, pictures: 7 };
      await queue.add('shard', data, { ...jobOptions, jobId: 'one' });
    });
    const all = await Promise.all([work(), work(), work()]);
    expect(all.map(({ shards, pictures }) => [shards, pictures]).sort()).toEqual([
      [0, 0],
      [0, 0],
      [1, 7],
    ]);
  }, 20_000);

  test('takes nothing when it was stopped before it began', async () => {
    expect(await work(AbortSignal.abort())).toEqual({
      shards: 0,
      pictures: 0,
      fits: 0,
      seconds: 0,
      failed: 0,
    });
  }, 20_000);
});
