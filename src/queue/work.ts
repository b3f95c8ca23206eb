import os from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Queue, Worker } from 'bullmq';
import { counted } from '../data/pictures.js';
import { duration } from '../report/text.js';
import { closingAll } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { connect, openQueue, queueName } from './connect.js';
import type { FitsAnswer, FitsJob } from './fits-job.js';
import { jobText, mostLost, mostTries, type QueuedJob } from './job.js';
import type { ShardAnswer, ShardJob } from './shard-job.js';
import { settingsVariable, unfit, type WorkerSettings } from './worker-settings.js';

export interface WorkerOptions extends WorkerSettings {
  /** Of the Redis. */
  readonly url: string;
  /** Seconds after which another worker may take a job whose worker is not heard of any more. */
  readonly lock: number;
  /** Ends when the queue is empty; else at the signal only. */
  readonly untilEmpty?: boolean | undefined;
}

/** How often a worker that has nothing to do looks whether the others have. */
const lookEveryMs = 1000;

/** What a worker has done. */
export interface Worked {
  readonly shards: number;
  readonly pictures: number;
  /** Of studies. */
  readonly fits: number;
  /** From taking a job to handing it back, over all. */
  readonly seconds: number;
  /** Tries that failed. */
  readonly failed: number;
}

/**
 * Takes shards, and fits of studies, from a queue and computes them, one after the other: TensorFlow takes all cores for one. It computes in a
 * process beside this one, which therefore always has time to tell the queue that it lives.
 *
 * @throws UserError when this machine cannot compute what the queue asks for: it takes no more work then.
 */
export async function runWorker(
  { url, lock, untilEmpty, ...settings }: WorkerOptions,
  { onProgress, signal }: Hooks = {},
): Promise<Worked> {
  const note = (message: string) => onProgress?.({ kind: 'note', message });
  const warn = (message: string) => onProgress?.({ kind: 'warning', message });
  return closingAll(async (keep) => {
    const connection = keep(await connect(url));
    const queue = openQueue(connection);
    keep({ close: () => queue.close() });
    const own = connection.redis.duplicate();
    own.on('error', () => undefined); // the worker says it
    keep({ close: async () => own.disconnect() });
    const worker: Worker<ShardJob | FitsJob, ShardAnswer | FitsAnswer> = new connection.bullmq.Worker(
      queueName,
      fileURLToPath(new URL('./processor.js', import.meta.url)),
      {
        connection: own,
        name: `${os.hostname()}-${process.pid}`,
        concurrency: 1,
        autorun: false,
        lockDuration: 1000 * lock,
        stalledInterval: 500 * lock,
        maxStalledCount: mostLost,
        workerForkOptions: {
          execArgv: [],
          env: { ...process.env, [settingsVariable]: JSON.stringify(settings) },
        },
      },
    );
    const counts = { shards: 0, pictures: 0, fits: 0, failed: 0, ms: 0 };
    const ended = settleLater();
    const watching = new AbortController();
    worker.on('active', (job) => {
      note(`Computing ${jobText(job.data)}`);
    });
    worker.on('completed', (job, answer) => {
      const took = Date.now() - (job.processedOn ?? Date.now());
      counts.ms += took;
      if ('fits' in answer) counts.fits += answer.fits;
      else {
        counts.shards++;
        counts.pictures += answer.pictures;
      }
      note(`Finished ${jobText(job.data)}: ${doneText(answer, took / 1000)}`);
    });
    worker.on('failed', (job, error) => {
      counts.failed++;
      if (error.message.startsWith(unfit)) ended.reject(new UserError(error.message.slice(unfit.length)));
      else if (job) warn(failedText(job, error));
    });
    let lost = false;
    worker.on('error', (error) => {
      if (!lost && isConnection(error)) warn(`${connection.name} does not answer: waiting for it`);
      lost ||= isConnection(error);
    });
    worker.on('ready', () => (lost = false));
    if (untilEmpty) {
      // said once, while others may still be at their last jobs: from then on somebody has to look
      let idle = false;
      worker.on('active', () => (idle = false));
      worker.on('drained', () => (idle = true));
      untilEmptied(queue, () => idle, watching.signal).then(ended.resolve, ended.reject);
    }
    signal?.addEventListener('abort', ended.resolve, { once: true });
    if (signal?.aborted) ended.resolve();
    else {
      note(`Waiting for work at ${connection.name}`);
      worker.run().catch(ended.reject);
    }
    try {
      await ended.promise;
    } finally {
      watching.abort();
      signal?.removeEventListener('abort', ended.resolve);
      if (signal?.aborted) note('Finishing what is at hand; Ctrl-C once more ends at once');
      await worker.close();
    }
    const { ms, ...done } = counts;
    return { ...done, seconds: ms / 1000 };
  });
}

/** Waits until this worker has nothing to do and no job waits or is at work anywhere, or for the signal. */
async function untilEmptied(queue: Queue, isIdle: () => boolean, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (isIdle()) {
      // of a Redis that does not answer the worker tells
      const left = await queue
        .getJobCounts('wait', 'active', 'delayed', 'prioritized')
        .catch(() => undefined);
      if (left && isIdle() && Object.values(left).every((count) => count === 0)) return;
    }
    await wait(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

function doneText(answer: ShardAnswer | FitsAnswer, seconds: number): string {
  if ('fits' in answer)
    return answer.made > 0 ? `${counted(answer.fits, 'fit')} in ${duration(seconds)}` : 'was there';
  const { computed, pictures, skipped } = answer;
  const left = skipped > 0 ? `, ${skipped} of them skipped` : '';
  return computed > 0 ? `${counted(pictures, 'picture')}${left} in ${duration(seconds)}` : 'was there';
}

function failedText(job: QueuedJob, error: Error): string {
  const tries = `try ${job.attemptsMade} of ${mostTries}`;
  return `Failed ${jobText(job.data)}, ${tries}: ${error.message}`;
}

function isConnection(error: Error): boolean {
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

/** A promise that somebody else settles. */
function settleLater(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
} {
  let settle: { resolve: () => void; reject: (error: Error) => void };
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle! };
}
