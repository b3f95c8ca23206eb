import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Extraction } from '../recipes/extract.js';
import { counted, listed } from '../data/pictures.js';
import { readShard, type ShardRecord, shardName } from '../features/shard.js';
import { keyFolder } from '../features/shared-features.js';
import { keysOf, picturesIn, planExtraction, savePlan } from '../runs/extraction-plan.js';
import type { ResolvedOptions } from '../runs/options.js';
import { prepare } from '../runs/prepare-run.js';
import { closingAll } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { connect, openQueue } from './connect.js';
import {
  jobId,
  jobOptions,
  mostTries,
  picturesDone,
  type QueuedShard,
  type ShardJob,
  shardText,
} from './shard-job.js';
import { unfit } from './worker-settings.js';

/** What is to be computed by others. */
export interface QueuedExtraction {
  /** The folder that all machines see, under the same path unless a worker says otherwise. */
  readonly store: string;
  readonly options: ResolvedOptions;
  readonly shards?: number | undefined;
  /** Of the Redis. */
  readonly url: string;
}

const lookEveryMs = 1000;
/** How often the queue is held against what is on disk: a Redis that was killed may have lost jobs. */
const mendEveryMs = 15_000;
/** A network disk shows a new file late; after this long it is taken for lost. */
const lateMs = 120_000;

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
    const connection = keep(await connect(url));
    const prepared = await prepare({ ...options, store }, hooks);
    const planned = await planExtraction(prepared, shards, hooks);
    const name = await savePlan(store, planned);
    const keys = keysOf(planned.plan, planned.frozen);
    const { data, batchSize } = planned.plan;
    const works = planned.shards.map((pictures, i): Work => ({
      job: {
        store,
        plan: name,
        data,
        shard: i + 1,
        shards: planned.shards.length,
        pictures: pictures.length,
      },
      name: shardName({ pictures: picturesIn(data, pictures), batchSize }),
    }));
    const queue = openQueue(connection);
    // one that has gone is not waited for
    keep({ close: () => Promise.race([queue.close(), wait(lookEveryMs)]) });
    const folders = keys.map((key) => keyFolder(store, key));
    const waiting = works.filter(({ name: shard }) => kindOf(folders, shard) === undefined);
    const failed = await orAborted(waitForAll(queue, folders, waiting, connection.name, hooks), hooks.signal);
    if (failed.length > 0) throw new UserError(failureText(failed, works.length));
    return summary(store, works, waiting.length, folders);
  });
}

/** A Redis that does not answer must not keep anybody from Ctrl-C. @throws Interrupted when the signal fires. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () =>
      reject(new Interrupted('Waiting was interrupted: the workers go on with what is in the queue.'));
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
  return Promise.race([work, interrupted]);
}

/** A shard, with the name of its files. */
interface Work {
  readonly job: ShardJob;
  readonly name: string;
}

/** @returns the shards that have failed for good. */
async function waitForAll(
  queue: Queue,
  folders: readonly string[],
  works: readonly Work[],
  redis: string,
  { onProgress, signal }: Hooks,
): Promise<QueuedShard[]> {
  const pending = new Map(works.map((work) => [jobId(work.job), work]));
  const failed = new Map<string, QueuedShard>();
  const total = works.reduce((sum, { job }) => sum + job.pictures, 0);
  let mended = Number.NEGATIVE_INFINITY;
  let warned = false;
  const reasons = new Set<string>();
  await forget(queue, pending);
  while (pending.size > 0 && !signal?.aborted) {
    const now = performance.now();
    if (now - mended > mendEveryMs) {
      await mend(queue, pending);
      mended = now;
      if ((await queue.getWorkersCount()) === 0 && !warned) {
        warned = true;
        const message = `No worker is connected to ${redis}. On each machine: finetune worker --queue URL`;
        onProgress?.({ kind: 'warning', message });
      }
    }
    const [active, lost] = (await Promise.all([queue.getActive(), queue.getFailed()])) as QueuedShard[][];
    const present = presentShards(folders);
    for (const [id, { name }] of pending) if (present(name)) pending.delete(id);
    for (const job of lost!) {
      if (!pending.has(job.id!)) continue;
      const reason = unfitReason(job);
      if (reason !== undefined) {
        // its workers' matter, not the shard's: others may be fit
        await putBack(job);
        mended = Number.NEGATIVE_INFINITY;
        const message = `A worker could not compute ${shardText(job.data)}, which is left to others: ${reason}`;
        if (!reasons.has(reason)) onProgress?.({ kind: 'warning', message });
        reasons.add(reason);
      } else {
        pending.delete(job.id!);
        failed.set(job.id!, job);
      }
    }
    const left = [...pending.values()].reduce((sum, { job }) => sum + job.pictures, 0);
    const under = active!.reduce((sum, job) => sum + (pending.has(job.id!) ? picturesDone(job) : 0), 0);
    onProgress?.({
      kind: 'work',
      stage: 'Computing features',
      done: total - left + under,
      total,
      unit: 'pictures',
    });
    if (pending.size === 0) break;
    await wait(lookEveryMs);
  }
  return [...failed.values()];
}

/** What an earlier call has left of these shards in the queue, failed or finished, counts no more: they are not there. */
async function forget(queue: Queue, pending: ReadonlyMap<string, Work>): Promise<void> {
  for (const job of await queue.getJobs(['failed', 'completed'])) {
    if (pending.has(job.id!)) await job.remove();
  }
}

/** Takes a shard that failed out of the queue, so that it can be put into it with all its tries. */
async function putBack(job: QueuedShard): Promise<void> {
  // whoever waits for the same shard may have done so just now, and a worker have it
  await job.remove().catch(() => undefined);
}

/** Why a worker that had a shard was unfit for it; undefined when none was. */
function unfitReason({ failedReason = '', stacktrace }: QueuedShard): string | undefined {
  const told = [failedReason, ...(stacktrace ?? [])].find((text) => text.includes(unfit));
  return told?.slice(told.indexOf(unfit) + unfit.length).split('\n')[0];
}

/** Puts shards that are neither on disk nor in the queue into the queue. Those that are in it stay as they are. */
async function mend(queue: Queue, pending: ReadonlyMap<string, Work>): Promise<void> {
  for (const job of await queue.getCompleted()) {
    if (pending.has(job.id!) && Date.now() - (job.finishedOn ?? 0) > lateMs) await job.remove();
  }
  await queue.addBulk(
    [...pending].map(([id, { job }]) => ({ name: 'shard', data: job, opts: { ...jobOptions, jobId: id } })),
  );
}

/** Whether a shard is there whole, of one kind of machine. */
function presentShards(folders: readonly string[]): (name: string) => boolean {
  const records = folders.map((folder) => new Set(kindsOf(folder).flatMap((kind) => fs.readdirSync(kind))));
  return (name) => records.every((files) => files.has(`${name}.json`));
}

function kindsOf(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).flatMap((kind) => {
    const place = path.join(folder, kind);
    return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ? [place] : [];
  });
}

/** The folder of the frozen part's features where a shard is; undefined when something of it is missing. */
function kindOf(folders: readonly string[], name: string): string | undefined {
  const has = (folder: string) =>
    kindsOf(folder).find((kind) => fs.existsSync(path.join(kind, `${name}.json`)));
  return folders.every((folder) => has(folder) !== undefined) ? has(folders[0]!) : undefined;
}

function failureText(failed: readonly QueuedShard[], all: number): string {
  const lines = failed.map((job) => `${shardText(job.data)}: ${job.failedReason ?? 'its workers were lost'}`);
  return `Expected all ${counted(all, 'shard')} to be computed but ${failed.length} failed in ${mostTries} tries:${listed(lines)}\nMend what they say and run the same command again: only these are computed.`;
}

async function summary(
  store: string,
  works: readonly Work[],
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
    pictures: works.reduce((sum, { job }) => sum + job.pictures, 0),
    skipped: records.flatMap(({ skipped }) => skipped),
    kind: [...kinds].sort().join(', '),
    seconds: records.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
