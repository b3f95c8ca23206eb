/** Fits over a Redis of the test's own, made by workers in this process. */
import fs from 'node:fs';
import path from 'node:path';
import type { SandboxedJob } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasRedis, RedisServer } from '../../test/helpers/redis.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { examplesInMemory } from '../features/examples.js';
import type { FitKind } from '../runs/study-fits.js';
import { closingAll } from '../runtime/closing.js';
import { connect, queueName } from './connect.js';
import type { FitsJob } from './fits-job.js';
import { fitsProcessor } from './fits-processor.js';
import { fitsOverQueue } from './submit-fits.js';

/** Why a part's try fails, the first being 1. */
type Fault = (part: number, tries: number) => string | undefined;

/** What the kind of fit below does on the workers, of which only this process has some. */
const here = vi.hoisted(() => ({
  fault: (() => undefined) as Fault,
  tries: new Map<number, number>(),
}));

const toy = vi.hoisted((): FitKind<{ readonly factor: number }, number, number> => ({
  name: 'toy',
  describe: (part) => `part ${part}`,
  // 1 and 2 go together, and so do 3 and 4
  work: () => 5e8,
  open: ({ shared: { factor }, examples }) => ({
    fit: (part) => {
      const tries = (here.tries.get(part) ?? 0) + 1;
      here.tries.set(part, tries);
      const message = here.fault(part, tries);
      if (message) return Promise.reject(new Error(message));
      return Promise.resolve(factor * part + examples.read([part])[0]!);
    },
  }),
}));

vi.mock('../runs/fit-kinds.js', () => ({ fitKinds: new Map([[toy.name, toy]]) }));
vi.mock('../runs/fitting-kind.js', () => ({ fittingKind: () => Promise.resolve('0000000000000000') }));

const { scratch } = scratchFolders();
const parts = [4, 3, 2, 1, 0];
const answers = parts.map((part) => 100 * part + part / 2);
const fits = {
  shared: { factor: 100 },
  examples: examplesInMemory(
    Float32Array.from(parts, (_, i) => i / 2),
    [1],
    [0, 0, 0, 1, 1],
  ),
};

describe.skipIf(!hasRedis)('over a queue', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start(scratch());
  });
  afterAll(() => redis.kill());

  const make = (store: string, fault: Fault, workers = 1) =>
    closingAll(async (keep) => {
      here.fault = fault;
      here.tries.clear();
      const { bullmq, redis: connection } = keep(await connect(redis.url));
      for (let i = 0; i < workers; i++) {
        const processor = keep(fitsProcessor({ device: 'cpu' }, 'cpu'));
        const run = ({ data }: Pick<SandboxedJob<FitsJob>, 'data'>) => processor.run(data, () => undefined);
        const own = connection.duplicate();
        keep({ close: async () => own.disconnect() });
        keep(new bullmq.Worker(queueName, run, { connection: own }));
      }
      const warnings: string[] = [];
      const onProgress = (told: { kind: string; message?: string }) => {
        if (told.kind === 'warning') warnings.push(told.message!);
      };
      const told: number[] = [];
      const elsewhere = fitsOverQueue({ store, url: redis.url, study: 'toy' }, { onProgress });
      const made = await elsewhere(toy, fits, parts, (done) => told.push(done));
      return { made, told, warnings, tries: Object.fromEntries(here.tries) };
    });

  test('answers come in the order of the parts, and are there the next time', async () => {
    const store = scratch();
    const { made, told } = await make(store, () => undefined, 2);
    expect(made).toEqual(answers);
    expect(told.at(-1)).toBe(5);
    expect((await make(store, () => 'never asked', 0)).made).toEqual(answers);
  }, 40_000);

  test('a fit that fails is tried again; the others of its job are not made again', async () => {
    const { made, tries } = await make(scratch(), (part, count) =>
      part === 1 && count < 3 ? 'the disk is gone' : undefined,
    );
    expect(made).toEqual(answers);
    expect(tries).toEqual({ 0: 1, 1: 3, 2: 1, 3: 1, 4: 1 });
  }, 40_000);

  test('one that fails three times is named, and fails alone', async () => {
    const store = scratch();
    await expect(make(store, (part) => (part === 1 ? 'the disk is gone' : undefined))).rejects.toThrow(
      /^Expected all 5 fits to be made but 1 failed in 3 tries:\n {2}part 1: the disk is gone\n/,
    );
    const { made, tries } = await make(store, () => undefined);
    expect(made).toEqual(answers);
    expect(tries).toEqual({ 1: 1 });
  }, 40_000);

  test('kinds of machine are told apart, and the answers of most are taken', async () => {
    const store = scratch();
    await make(store, () => undefined);
    const [plan] = fs.readdirSync(path.join(store, 'studies')).filter((name) => name !== 'examples');
    const [kind] = fs.readdirSync(path.join(store, 'studies', plan!)).filter((name) => !name.includes('.'));
    const own = path.join(store, 'studies', plan!, kind!);
    const other = path.join(store, 'studies', plan!, 'another');
    const [first, second] = fs.readdirSync(own);
    fs.mkdirSync(other);
    fs.renameSync(path.join(own, first!), path.join(other, first!));
    fs.writeFileSync(path.join(other, second!), '{"format":1,"answer":"not taken"}');
    const { made, warnings } = await make(store, () => undefined, 0);
    expect(made).toEqual(answers);
    expect(warnings).toEqual([expect.stringContaining('kinds of machine that round differently')]);
  }, 40_000);
});
