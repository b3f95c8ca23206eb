import { closingAll } from '../runtime/closing.js';
import { connect, openQueue } from './connect.js';
import { picturesDone, type QueuedShard, type ShardJob } from './shard-job.js';

/** What a queue holds, and how long it will take. */
export interface QueueStatus {
  /** Host, port and database. */
  readonly redis: string;
  readonly workers: number;
  /** Shards. */
  readonly waiting: number;
  readonly active: readonly (ShardJob & { readonly done: number; readonly tries: number })[];
  /** Of the last hour, at most a thousand. */
  readonly finished: number;
  readonly failed: readonly (ShardJob & { readonly reason: string; readonly tries: number })[];
  readonly picturesLeft: number;
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
    ])) as [number, QueuedShard[], QueuedShard[], QueuedShard[], QueuedShard[]];
    const picturesLeft =
      waiting.reduce((sum, { data }) => sum + data.pictures, 0) +
      active.reduce((sum, job) => sum + job.data.pictures - picturesDone(job), 0);
    const speed = perWorker(finished);
    const picturesPerSecond = speed === undefined ? undefined : speed * Math.max(1, active.length);
    return {
      redis: connection.name,
      workers,
      waiting: waiting.length,
      active: active.map((job) => ({ ...job.data, done: picturesDone(job), tries: job.attemptsStarted })),
      finished: finished.length,
      failed: failed.map((job) => ({ ...job.data, reason: job.failedReason, tries: job.attemptsMade })),
      picturesLeft,
      ...(picturesPerSecond !== undefined && {
        picturesPerSecond,
        secondsLeft: picturesLeft / picturesPerSecond,
      }),
    };
  });
}

/** Pictures a second of one worker, over the shards that were computed, not found. */
function perWorker(finished: readonly QueuedShard[]): number | undefined {
  const computed = finished.filter(({ returnvalue, processedOn, finishedOn }) => {
    return returnvalue?.computed > 0 && processedOn !== undefined && finishedOn !== undefined;
  });
  const pictures = computed.reduce((sum, { data }) => sum + data.pictures, 0);
  const ms = computed.reduce((sum, { processedOn, finishedOn }) => sum + finishedOn! - processedOn!, 0);
  return ms > 0 && pictures > 0 ? (1000 * pictures) / ms : undefined;
}
