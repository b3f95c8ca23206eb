import type { Picture } from '../data/pictures.js';
import {
  type ExtractionPlan,
  picturesIn,
  planExtraction,
  readPlan,
  readPlannedShard,
  savePlan,
} from '../runs/extraction-plan.js';
import { type FinetuneOptions, resolveOptions } from '../runs/options.js';
import { prepare } from '../runs/prepare-run.js';
import { loadPlanned, openShardEngine, type ShardOutcome } from '../runs/shard-engine.js';
import type { FrozenPart } from '../features/frozen-extractor.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';

/** Which shard of how many, the first being 1. */
export interface ShardNumber {
  readonly shard: number;
  readonly of: number;
}

/** What was computed, and what was there. */
export interface Extraction {
  readonly store: string;
  /** The shards that were asked for. */
  readonly shards: number;
  /** Of these, how many were computed now, in whole or in part. */
  readonly computed: number;
  /** Pictures of different content in these shards. */
  readonly pictures: number;
  readonly skipped: ShardOutcome['skipped'];
  /** How this machine rounds: shards of other kinds of machine are kept apart. */
  readonly kind: string;
  /** That computing took where it was done, now or before. */
  readonly seconds: number;
}

/** Shards to compute: from a folder of pictures, or from a plan that was made of one before. */
export type ExtractionTask = {
  readonly store: string;
  /** Only this one; else all. */
  readonly shard?: ShardNumber | undefined;
} & (
  | { readonly options: Omit<FinetuneOptions, 'store'>; readonly shards?: number | undefined }
  /** `data`: where the pictures lie on this machine, if not where they lay when it was planned. */
  | { readonly plan: string; readonly data?: string | undefined }
);

/**
 * Computes features, all of a folder's or a share of them, into a folder that many machines may fill: what is there
 * already is left as it is. The main job with `--store` then finds them.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires: shards that are done stay.
 */
export async function runExtraction(task: ExtractionTask, hooks: Hooks = {}): Promise<Extraction> {
  try {
    return await closingAll((keep) => extract(task, keep, hooks));
  } catch (error) {
    if (hooks.signal?.aborted && !(error instanceof UserError)) {
      throw new Interrupted('Computing features was interrupted: finished shards are kept.');
    }
    throw error;
  }
}

async function extract(task: ExtractionTask, keep: Keep, hooks: Hooks): Promise<Extraction> {
  const { store } = task;
  makeFolder(store);
  const { plan, frozen, shards } = await opened(task, hooks);
  const engine = keep(await openShardEngine(plan, frozen, store));
  const total = shards.reduce((sum, pictures) => sum + pictures.length, 0);
  let before = 0;
  const tell = (done: number) =>
    hooks.onProgress?.({ kind: 'work', stage: 'Computing features', done, total, unit: 'pictures' });
  const outcomes: ShardOutcome[] = [];
  for (const pictures of shards) {
    hooks.signal?.throwIfAborted();
    const outcome = await engine.run(pictures, {
      onProgress: (done) => tell(before + done),
      ...(hooks.signal && { signal: hooks.signal }),
    });
    before += pictures.length;
    outcomes.push(outcome);
  }
  return {
    store,
    shards: shards.length,
    computed: outcomes.filter(({ computed }) => computed > 0).length,
    pictures: total,
    skipped: outcomes.flatMap(({ skipped }) => skipped),
    kind: outcomes[0]?.kind ?? '',
    seconds: outcomes.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

interface Opened {
  readonly plan: ExtractionPlan;
  readonly frozen: FrozenPart;
  readonly shards: readonly (readonly Picture[])[];
}

async function opened(task: ExtractionTask, hooks: Hooks): Promise<Opened> {
  const { store, shard } = task;
  if ('plan' in task) {
    const plan = readPlan(store, task.plan);
    if (shard && shard.of !== plan.shards) {
      throw new UserError(
        `Expected --shard ${shard.shard}/${plan.shards} but received ${shard.shard}/${shard.of}: the plan has ${plan.shards} shards.`,
      );
    }
    const numbers = shard ? [shard.shard] : Array.from({ length: plan.shards }, (_, i) => i + 1);
    const shards = numbers.map((number) =>
      picturesIn(task.data ?? plan.data, readPlannedShard(store, task.plan, number)),
    );
    return { plan, frozen: await loadPlanned(plan, hooks), shards };
  }
  const prepared = await prepare(resolveOptions({ ...task.options, store }), hooks);
  const { plan, frozen, shards } = await planExtraction(prepared, shard?.of ?? task.shards, hooks);
  const chosen = shard ? [shards[shard.shard - 1]!] : shards;
  return { plan, frozen, shards: chosen.map((pictures) => picturesIn(plan.data, pictures)) };
}

/** A plan that was kept in the shared folder, for machines that then need not look through the pictures themselves. */
export interface SavedPlan {
  readonly store: string;
  readonly plan: string;
  readonly shards: number;
  readonly pictures: number;
}

/** Plans and computes nothing. @throws UserError as `runExtraction`. */
export async function runPlanning(
  {
    store,
    options,
    shards,
  }: { store: string; options: Omit<FinetuneOptions, 'store'>; shards?: number | undefined },
  hooks: Hooks = {},
): Promise<SavedPlan> {
  makeFolder(store);
  const prepared = await prepare(resolveOptions({ ...options, store }), hooks);
  const planned = await planExtraction(prepared, shards, hooks);
  const plan = await savePlan(store, planned);
  return { store, plan, shards: planned.plan.shards, pictures: planned.plan.pictures };
}
