import type { Job, JobsOptions } from 'bullmq';
import { type FitsAnswer, type FitsJob, fitsText } from './fits-job.js';
import { type ShardAnswer, type ShardJob, shardText } from './shard-job.js';

/** What a worker is told to do, and what it answers when it has done it. */
export type QueuedJob = Job<ShardJob | FitsJob, ShardAnswer | FitsAnswer>;

/** Tries of a job that fails; the others go on meanwhile. */
export const mostTries = 3;

/**
 * How often a job may lose its worker without a word (killed, cut off) before it is given up. More than `mostTries`: that
 * is mostly not the job's doing.
 */
export const mostLost = 10;

export const jobOptions: JobsOptions = {
  attempts: mostTries,
  backoff: { type: 'exponential', delay: 1000 },
  // they tell how fast the workers are
  removeOnComplete: { age: 3600, count: 1000 },
};

export function isShard(data: ShardJob | FitsJob): data is ShardJob {
  return 'shard' in data;
}

/** A job in a few words. */
export function jobText(data: ShardJob | FitsJob): string {
  return isShard(data) ? shardText(data) : fitsText(data);
}

/** How many pictures, or fits, of an unfinished job are done. */
export function doneOf({ progress }: Pick<QueuedJob, 'progress'>): number {
  return typeof progress === 'number' ? progress : 0;
}
