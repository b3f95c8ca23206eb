import type { Job, JobsOptions } from 'bullmq';
import type { ShardOutcome } from '../runs/shard-engine.js';

/** What a worker is told of a shard; the pictures are in the plan, in the shared folder. */
export interface ShardJob {
  readonly store: string;
  readonly plan: string;
  /** The folder of pictures, as the planner sees it. */
  readonly data: string;
  /** Counted from 1. */
  readonly shard: number;
  readonly shards: number;
  readonly pictures: number;
}

/** What a worker answers. */
export type ShardAnswer = Omit<ShardOutcome, 'skipped'> & { readonly skipped: number };

/** Tries of a shard that fails; the others go on meanwhile. */
export const mostTries = 3;

/**
 * How often a shard may lose its worker without a word (killed, cut off) before it is given up. More than `mostTries`:
 * that is mostly not the shard's doing.
 */
export const mostLost = 10;

/** The same for the same shard, so that it is never in the queue twice. */
export function jobId({ plan, shard }: Pick<ShardJob, 'plan' | 'shard'>): string {
  return `${plan}-${shard}`;
}

export const jobOptions: JobsOptions = {
  attempts: mostTries,
  backoff: { type: 'exponential', delay: 1000 },
  // they tell how fast the workers are
  removeOnComplete: { age: 3600, count: 1000 },
};

/** `shard 7 of 64 (pets)`. */
export function shardText({ shard, shards, data }: ShardJob): string {
  return `shard ${shard} of ${shards} (${data.split(/[/\\]/).at(-1)})`;
}

export type QueuedShard = Job<ShardJob, ShardAnswer>;

/** How many pictures of an unfinished job are done. */
export function picturesDone({ progress }: Pick<QueuedShard, 'progress'>): number {
  return typeof progress === 'number' ? progress : 0;
}
