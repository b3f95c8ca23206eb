import { setTimeout as wait } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { doneOf, jobOptions, jobText, type QueuedJob } from './job.js';
import { unfit } from './worker-settings.js';
import { connect, openQueue } from './connect.js';
import type { Keep } from '../runtime/closing.js';

/** A piece of work that leaves something in the shared folder. */
export interface Work<Data extends QueuedJob['data']> {
  /** In the queue. */
  readonly id: string;
  readonly data: Data;
  /** Pictures, or fits. */
  readonly size: number;
}

export interface Wait<W extends Work<QueuedJob['data']>> {
  readonly queue: Queue;
  /** What the queue's Redis is called. */
  readonly redis: string;
  readonly works: readonly W[];
  /** Looks into the folder. @returns tells what is there whole. */
  readonly present: () => (work: W) => boolean;
  /** How many of all pictures or fits are done. */
  readonly tell: (done: number) => void;
}

/** How often the folder and the queue are looked at. */
const lookEveryMs = 1000;
/** How often the queue is held against what is on disk: a Redis that was killed may have lost jobs. */
const mendEveryMs = 15_000;
/** A network disk shows a new file late; after this long it is taken for lost. */
const lateMs = 120_000;

/** Opens the queue of a Redis to wait for it, until `keep` closes it. */
export async function openWaiting(url: string, keep: Keep): Promise<Pick<Wait<never>, 'queue' | 'redis'>> {
  const connection = keep(await connect(url));
  const queue = openQueue(connection);
  // one that has gone is not waited for
  keep({ close: () => Promise.race([queue.close(), wait(lookEveryMs)]) });
  return { queue, redis: connection.name };
}

/**
 * Hands work to the workers of a queue and waits until all that it leaves is in the shared folder. What counts as done is
 * what lies there: the queue only says who does what next, and may be lost.
 *
 * @returns why each of those has failed that did for good.
 * @throws Interrupted when the signal fires: the workers go on.
 */
export function waitForAll<W extends Work<QueuedJob['data']>>(
  work: Wait<W>,
  hooks: Hooks,
): Promise<ReadonlyMap<W, string>> {
  return orAborted(handOut(work, hooks), hooks.signal);
}

/** A Redis that does not answer must not keep anybody from Ctrl-C. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () =>
      reject(new Interrupted('Waiting was interrupted: the workers go on with what is in the queue.'));
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
  return Promise.race([work, interrupted]);
}

async function handOut<W extends Work<QueuedJob['data']>>(
  { queue, redis, works, present, tell }: Wait<W>,
  { onProgress, signal }: Hooks,
): Promise<Map<W, string>> {
  const pending = new Map(works.map((work) => [work.id, work]));
  const failed = new Map<W, string>();
  const total = works.reduce((sum, { size }) => sum + size, 0);
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
    const [active, lost] = (await Promise.all([queue.getActive(), queue.getFailed()])) as QueuedJob[][];
    const isPresent = present();
    for (const [id, work] of pending) if (isPresent(work)) pending.delete(id);
    for (const job of lost!) {
      const work = pending.get(job.id!);
      if (!work) continue;
      const reason = unfitReason(job);
      if (reason !== undefined) {
        // its workers' matter, not the work's: others may be fit
        await putBack(job);
        mended = Number.NEGATIVE_INFINITY;
        const message = `A worker could not compute ${jobText(job.data)}, which is left to others: ${reason}`;
        if (!reasons.has(reason)) onProgress?.({ kind: 'warning', message });
        reasons.add(reason);
      } else {
        pending.delete(job.id!);
        failed.set(work, job.failedReason ?? 'its workers were lost');
      }
    }
    const left = [...pending.values()].reduce((sum, { size }) => sum + size, 0);
    const under = active!.reduce((sum, job) => sum + (pending.has(job.id!) ? doneOf(job) : 0), 0);
    tell(total - left + under);
    if (pending.size === 0) break;
    await wait(lookEveryMs);
  }
  return failed;
}

type Pending = ReadonlyMap<string, Work<QueuedJob['data']>>;

/** What an earlier call has left of this work in the queue, failed or finished, counts no more: it is not there. */
async function forget(queue: Queue, pending: Pending): Promise<void> {
  for (const job of await queue.getJobs(['failed', 'completed'])) {
    if (pending.has(job.id!)) await putBack(job as QueuedJob);
  }
}

/** Takes a job that is over out of the queue, so that it can be put into it with all its tries. */
async function putBack(job: QueuedJob): Promise<void> {
  // whoever waits for the same may have done so just now, and a worker have it
  await job.remove().catch(() => undefined);
}

/** Why a worker that had a job was unfit for it; undefined when none was. */
function unfitReason({ failedReason = '', stacktrace }: QueuedJob): string | undefined {
  const told = [failedReason, ...(stacktrace ?? [])].find((text) => text.includes(unfit));
  return told?.slice(told.indexOf(unfit) + unfit.length).split('\n')[0];
}

/** Puts what is neither on disk nor in the queue into the queue. What is in it stays as it is. */
async function mend(queue: Queue, pending: Pending): Promise<void> {
  for (const job of await queue.getCompleted()) {
    if (pending.has(job.id!) && Date.now() - (job.finishedOn ?? 0) > lateMs) await putBack(job as QueuedJob);
  }
  await queue.addBulk(
    [...pending].map(([id, { data }]) => ({
      name: 'shard' in data ? 'shard' : 'fits',
      data,
      opts: { ...jobOptions, jobId: id },
    })),
  );
}
