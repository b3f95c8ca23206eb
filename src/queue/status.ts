import { closingAll } from '../runtime/closing.js';
import { connect, openQueue } from './connect.js';
import type { FitsJob } from './fits-job.js';
import { doneOf, isShard, jobText, type QueuedJob } from './job.js';
import type { ShardJob } from './shard-job.js';

/** A job with what it is called: `shard 7 of 64 (pets)`. */
type Job = (ShardJob | FitsJob) & { readonly text: string };

/** What a queue holds, and how long it will take. */
export interface QueueStatus {
  /** Host, port and database. */
  readonly redis: string;
  readonly workers: number;
  /** Shards, and fits of studies in the groups in which they are handed out. */
  readonly waiting: number;
  readonly active: readonly (Job & { readonly done: number; readonly tries: number })[];
  /** Of the last hour, at most a thousand. */
  readonly finished: number;
  readonly failed: readonly (Job & { readonly reason: string; readonly tries: number })[];
  readonly picturesLeft: number;
  readonly fitsLeft: number;
  /** Of all workers together, by what they have finished in the last hour; undefined before that. */
  readonly picturesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** Asks a queue how it stands; changes nothing. @throws UserError when nobody answers at the URL. */
export async function queueStatus(url: string): Promise<QueueStatus> {
  return closingAll(async (keep) => {
    const connection = keep(await connect(url));
    const queue = openQueue(connection);
    keep({ close: () => queue.close() });
    const [workers, waiting, active, finished, failed] = (await Promise.all([
      queue.getWorkersCount(),
      queue.getJobs(['wait', 'delayed', 'prioritized']),
      queue.getActive(),
      queue.getCompleted(),
      queue.getFailed(),
    ])) as [number, QueuedJob[], QueuedJob[], QueuedJob[], QueuedJob[]];
    const left = (sizeOf: (job: QueuedJob) => number) =>
      [...waiting, ...active].reduce((sum, job) => sum + Math.max(0, sizeOf(job) - doneOf(job)), 0);
    const picturesLeft = left(picturesOf);
    const speed = perWorker(finished);
    const computing = active.filter(({ data }) => isShard(data)).length;
    const picturesPerSecond = speed === undefined ? undefined : speed * Math.max(1, computing);
    const told = ({ data }: QueuedJob) => ({ ...data, text: jobText(data) });
    return {
      redis: connection.name,
      workers,
      waiting: waiting.length,
      active: active.map((job) => ({ ...told(job), done: doneOf(job), tries: job.attemptsStarted })),
      finished: finished.length,
      failed: failed.map((job) => ({ ...told(job), reason: job.failedReason, tries: job.attemptsMade })),
      picturesLeft,
      fitsLeft: left(({ data }) => (isShard(data) ? 0 : data.parts.length)),
      ...(picturesPerSecond !== undefined && {
        picturesPerSecond,
        secondsLeft: picturesLeft / picturesPerSecond,
      }),
    };
  });
}

function picturesOf({ data }: QueuedJob): number {
  return isShard(data) ? data.pictures : 0;
}

/** Pictures a second of one worker, over the shards that were computed, not found. */
function perWorker(finished: readonly QueuedJob[]): number | undefined {
  const computed = finished.filter(({ returnvalue, processedOn, finishedOn }) => {
    const isComputed = returnvalue && 'computed' in returnvalue && returnvalue.computed > 0;
    return isComputed && processedOn !== undefined && finishedOn !== undefined;
  });
  const pictures = computed.reduce((sum, job) => sum + picturesOf(job), 0);
  const ms = computed.reduce((sum, { processedOn, finishedOn }) => sum + finishedOn! - processedOn!, 0);
  return ms > 0 && pictures > 0 ? (1000 * pictures) / ms : undefined;
}
