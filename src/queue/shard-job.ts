import { digestOf } from '../features/feature-key.js';
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

/** The same for the same shard in the same folder, so that it is never in the queue twice. */
export function shardId({ store, plan, shard }: Pick<ShardJob, 'store' | 'plan' | 'shard'>): string {
  return `${plan}-${digestOf(store)}-${shard}`;
}

/** `shard 7 of 64 (pets)`. */
export function shardText({ shard, shards, data }: ShardJob): string {
  return `shard ${shard} of ${shards} (${data.split(/[/\\]/).at(-1)})`;
}
