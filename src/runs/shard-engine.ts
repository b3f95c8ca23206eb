import os from 'node:os';
import path from 'node:path';
import type { Picture } from '../data/pictures.js';
import { type Extractor, pixelExtractor } from '../features/extract.js';
import { type FeatureKey, featureKeyDigest } from '../features/feature-key.js';
import { type FrozenPart, openPrefix } from '../features/frozen-extractor.js';
import { machineKind } from '../features/machine-kind.js';
import { computeShard, readShard, type ShardRecord, shardName } from '../features/shard.js';
import { keyFolder } from '../features/shared-features.js';
import { modelSpec } from '../models/registry.js';
import { describeDevice } from '../runtime/device.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { usesGpu } from '../runtime/tensorflow.js';
import { cutBefore } from '../training/unfreeze.js';
import { loadBase } from '../zoo/base.js';
import { type ExtractionPlan, keysOf } from './extraction-plan.js';

/** What a shard came to, over all that is computed of a picture. */
export interface ShardOutcome {
  readonly pictures: number;
  /** How many of its files were computed now; 0 when all were there. */
  readonly computed: number;
  readonly skipped: ShardRecord['skipped'];
  /** That computing took when it was done, now or before. */
  readonly seconds: number;
  /** How the machine rounds. */
  readonly kind: string;
}

/** A machine's place to compute shards of one plan: the network is opened once. */
export interface ShardEngine {
  /** @param onProgress told of how many pictures are done. */
  run(
    pictures: readonly Picture[],
    hooks?: { onProgress?: (done: number) => void; signal?: AbortSignal },
  ): Promise<ShardOutcome>;
  close(): void;
}

/**
 * Loads the network of a plan, as another machine has planned it.
 *
 * @throws UserError when this machine's software or weights make other features than the planner's.
 */
export async function loadPlanned(plan: ExtractionPlan, hooks: Hooks): Promise<FrozenPart> {
  const spec = modelSpec(plan.base);
  const network = spec.buildBase([plan.side, plan.side, spec.inputShape[2]]);
  const base = await loadBase(plan, { network, parts: plan.parts }, hooks);
  return plan.unfreeze === undefined ? base : { ...base, ...cutBefore(base, plan.unfreeze).frozen };
}

/**
 * @param store the folder that machines share.
 * @throws UserError as `loadPlanned`.
 */
export async function openShardEngine(
  plan: ExtractionPlan,
  frozen: FrozenPart,
  store: string,
): Promise<ShardEngine> {
  const keys = keysOf(plan, frozen);
  if (featureKeyDigest(keys[0]!) !== plan.key) {
    throw new UserError(
      "Expected to make the same features as the machine that planned but this one's versions of TensorFlow, libvips or finetune, or its weights, are others. Install the same versions, or plan here.",
    );
  }
  if (plan.settings.precision === 'int8' && usesGpu()) {
    throw new UserError(
      'Expected a machine without a GPU, or --device cpu, for a plan in int8. To use GPUs plan on a machine that has one, or with --precision float16.',
    );
  }
  const prefix = openPrefix(frozen, plan.settings);
  try {
    const tasks: Task[] = [];
    for (const [i, key] of keys.entries()) {
      const extractor: Extractor = i === 0 ? prefix : pixelExtractor(key.decode);
      const kind = await machineKind(extractor, key.decode, plan.batchSize);
      tasks.push({ key, extractor, kind, folder: path.join(keyFolder(store, key), kind) });
    }
    return {
      run: (pictures, hooks = {}) => runShard(tasks, plan.batchSize, pictures, hooks),
      close: () => prefix.dispose(),
    };
  } catch (error) {
    prefix.dispose();
    throw error;
  }
}

interface Task {
  readonly key: FeatureKey;
  readonly extractor: Extractor;
  readonly kind: string;
  readonly folder: string;
}

async function runShard(
  tasks: readonly Task[],
  batchSize: number,
  pictures: readonly Picture[],
  { onProgress, signal }: Parameters<ShardEngine['run']>[1] & object,
): Promise<ShardOutcome> {
  const machine = machineName();
  let computed = 0;
  let seconds = 0;
  let skipped: ShardRecord['skipped'] = [];
  for (const [i, { key, extractor, folder }] of tasks.entries()) {
    const shard = { key, pictures, batchSize };
    let record = await readShard(folder, shardName(shard));
    if (!record) {
      record = await computeShard(shard, {
        folder,
        extractor,
        machine,
        signal,
        // small pictures are a moment beside the network
        onProgress: i === 0 ? onProgress : undefined,
      });
      computed++;
    }
    seconds += record.seconds;
    if (i === 0) skipped = record.skipped;
  }
  onProgress?.(pictures.length);
  return { pictures: pictures.length, computed, skipped, seconds, kind: tasks[0]!.kind };
}

function machineName(): string {
  const { cpu, cores, used, card } = describeDevice();
  return `${os.hostname()}: ${used === 'gpu' && card ? card.name : `${cores} cores of ${cpu}`}`;
}
