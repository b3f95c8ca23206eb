/** Shards over a Redis of the test's own, computed by a worker that is not always fit for them. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasRedis, RedisServer } from '../../test/helpers/redis.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import type { ResolvedOptions } from '../runs/options.js';
import { closingAll } from '../runtime/closing.js';
import { connect, queueName } from './connect.js';
import { extractOverQueue } from './submit.js';
import { unfit } from './worker-settings.js';

vi.mock('../runs/prepare-run.js', () => ({ prepare: () => Promise.resolve({}) }));
vi.mock('../runs/extraction-plan.js', () => ({
  planExtraction: () =>
    Promise.resolve({ plan: { data: '/pictures', batchSize: 1 }, frozen: {}, shards: [['one'], ['two']] }),
  savePlan: () => Promise.resolve('plan'),
  keysOf: () => ['key'],
  picturesIn: (_: string, pictures: string[]) => pictures,
}));
vi.mock('../features/shared-features.js', () => ({
  keyFolder: (store: string, key: string) => path.join(store, key),
}));
vi.mock('../features/shard.js', () => ({
  shardName: ({ pictures }: { pictures: string[] }) => pictures.join(),
  readShard: () => Promise.resolve(undefined),
}));

const { scratch } = scratchFolders();

describe.skipIf(!hasRedis)('over a queue', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start(scratch());
  });
  afterAll(() => redis.kill());

  /** @param fault why a shard's try fails, the first being 1. */
  const extract = (fault: (shard: number, tries: number) => string | undefined) =>
    closingAll(async (keep) => {
      const store = scratch();
      const kind = path.join(store, 'key', 'kind');
      fs.mkdirSync(kind, { recursive: true });
      const { bullmq, redis: connection } = keep(await connect(redis.url));
      const tries = [0, 0, 0];
      const compute = ({ data: { shard } }: { data: { shard: number } }) => {
        tries[shard]!++;
        const message = fault(shard, tries[shard]!);
        if (message) return Promise.reject(new Error(message));
        fs.writeFileSync(path.join(kind, `${['', 'one', 'two'][shard]}.json`), '');
        return Promise.resolve();
      };
      keep(new bullmq.Worker(queueName, compute, { connection: connection.duplicate() }));
      const warnings: string[] = [];
      const onProgress = (told: { kind: string; message?: string }) => {
        if (told.kind === 'warning') warnings.push(told.message!);
      };
      const options = {} as ResolvedOptions;
      const done = await extractOverQueue({ store, options, url: redis.url }, { onProgress });
      return { done, tries, warnings };
    });

  test('tries by workers that were unfit do not count', async () => {
    const { done, tries, warnings } = await extract((shard, count) =>
      shard === 2 && count <= 4 ? `${unfit}it has another libvips` : undefined,
    );
    expect(done).toMatchObject({ shards: 2, computed: 2 });
    expect(tries).toEqual([0, 1, 5]);
    expect(warnings).toContain(
      'A worker could not compute shard 2 of 2 (pictures), which is left to others: it has another libvips',
    );
  }, 40_000);

  test('nor where the last try failed for another reason', async () => {
    const { done, tries } = await extract((shard, count) => {
      if (shard === 1 || count > 3) return undefined;
      return count === 3 ? 'the disk is gone' : `${unfit}it has another libvips`;
    });
    expect(done).toMatchObject({ shards: 2, computed: 2 });
    expect(tries).toEqual([0, 1, 4]);
  }, 40_000);

  test('others do', async () => {
    await expect(extract((shard) => (shard === 2 ? 'the disk is gone' : undefined))).rejects.toThrow(
      /1 failed in 3 tries:\s+shard 2 of 2 \(pictures\): the disk is gone/,
    );
  }, 40_000);
});
