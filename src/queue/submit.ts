import fs from 'node:fs';
import path from 'node:path';
import type { Extraction } from '../recipes/extract.js';
import { counted, listed } from '../data/pictures.js';
import { filesOfKinds, kindsOf } from '../features/kind-folders.js';
import { readShard, type ShardRecord, shardName } from '../features/shard.js';
import { keyFolder } from '../features/shared-features.js';
import { keysOf, picturesIn, planExtraction, savePlan } from '../runs/extraction-plan.js';
import type { ResolvedOptions } from '../runs/options.js';
import { prepare } from '../runs/prepare-run.js';
import { closingAll } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import type { Hooks } from '../runtime/progress.js';
import { mostTries } from './job.js';
import { shardId, type ShardJob, shardText } from './shard-job.js';
import { openWaiting, waitForAll, type Work } from './wait-for-all.js';

/** What is to be computed by others. */
export interface QueuedExtraction {
  /** The folder that all machines see, under the same path unless a worker says otherwise. */
  readonly store: string;
  readonly options: ResolvedOptions;
  readonly shards?: number | undefined;
  /** Of the Redis. */
  readonly url: string;
}

/**
 * Hands a folder's shards to the workers of a queue and waits until all are in the shared folder. What counts as done is
 * what lies there: the queue only says who does what next, and may be lost.
 *
 * @throws UserError when shards have failed in three tries, by name, once all others are done; Interrupted when the signal
 *   fires: the workers go on.
 */
export async function extractOverQueue(
  { store: given, options, shards, url }: QueuedExtraction,
  hooks: Hooks = {},
): Promise<Extraction> {
  const store = path.resolve(given);
  makeFolder(store);
  return closingAll(async (keep) => {
    const waited = await openWaiting(url, keep);
    const prepared = await prepare({ ...options, store }, hooks);
    const planned = await planExtraction(prepared, shards, hooks);
    const name = await savePlan(store, planned);
    const keys = keysOf(planned.plan, planned.frozen);
    const { data, batchSize } = planned.plan;
    const works = planned.shards.map((pictures, i): ShardWork => {
      const job = { store, plan: name, data, shard: i + 1, shards: planned.shards.length };
      return {
        id: shardId(job),
        data: { ...job, pictures: pictures.length },
        size: pictures.length,
        name: shardName({ pictures: picturesIn(data, pictures), batchSize }),
      };
    });
    const folders = keys.map((key) => keyFolder(store, key));
    const waiting = works.filter(({ name: shard }) => kindOf(folders, shard) === undefined);
    const total = waiting.reduce((sum, { size }) => sum + size, 0);
    const present = () => presentShards(folders);
    const tell = (done: number) =>
      hooks.onProgress?.({ kind: 'work', stage: 'Computing features', done, total, unit: 'pictures' });
    const failed = await waitForAll({ ...waited, works: waiting, present, tell }, hooks);
    if (failed.size > 0) throw new UserError(failureText(failed, works.length));
    return summary(store, works, waiting.length, folders);
  });
}

/** A shard, with the name of its files. */
interface ShardWork extends Work<ShardJob> {
  readonly name: string;
}

/** Whether a shard is there whole, of one kind of machine. */
function presentShards(folders: readonly string[]): (work: ShardWork) => boolean {
  const records = folders.map(filesOfKinds);
  return ({ name }) => records.every((files) => files.has(`${name}.json`));
}

/** The folder of the frozen part's features where a shard is; undefined when something of it is missing. */
function kindOf(folders: readonly string[], name: string): string | undefined {
  const has = (folder: string) =>
    kindsOf(folder).find((kind) => fs.existsSync(path.join(kind, `${name}.json`)));
  return folders.every((folder) => has(folder) !== undefined) ? has(folders[0]!) : undefined;
}

function failureText(failed: ReadonlyMap<ShardWork, string>, all: number): string {
  const lines = [...failed].map(([{ data }, reason]) => `${shardText(data)}: ${reason}`);
  return `Expected all ${counted(all, 'shard')} to be computed but ${failed.size} failed in ${mostTries} tries:${listed(lines)}\nMend what they say and run the same command again: only these are computed.`;
}

async function summary(
  store: string,
  works: readonly ShardWork[],
  computed: number,
  folders: readonly string[],
): Promise<Extraction> {
  const records: ShardRecord[] = [];
  const kinds = new Set<string>();
  for (const { name } of works) {
    const kind = kindOf(folders, name);
    const record = kind === undefined ? undefined : await readShard(kind, name);
    if (record) records.push(record);
    if (kind !== undefined) kinds.add(path.basename(kind));
  }
  return {
    store,
    shards: works.length,
    computed,
    pictures: works.reduce((sum, { size }) => sum + size, 0),
    skipped: records.flatMap(({ skipped }) => skipped),
    kind: [...kinds].sort().join(', '),
    seconds: records.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
