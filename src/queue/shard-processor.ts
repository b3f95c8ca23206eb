import { demandDevice } from '../runtime/device-facts.js';
import type { DeviceName } from '../runtime/gpu.js';
import type { ShardEngine } from '../runs/shard-engine.js';
import { fitFor, type Processor } from './processing.js';
import type { ShardAnswer, ShardJob } from './shard-job.js';
import type { WorkerSettings } from './worker-settings.js';

/** Computes shards. The network of the last plan stays open for its next shard. */
export function shardProcessor(
  settings: WorkerSettings,
  device: DeviceName,
): Processor<ShardJob, ShardAnswer> {
  let open:
    | { readonly store: string; readonly plan: string; readonly data: string; readonly engine: ShardEngine }
    | undefined;
  const close = () => {
    open?.engine.close();
    open = undefined;
  };
  const run = async (job: ShardJob, tell: (done: number) => void): Promise<ShardAnswer> => {
    const store = settings.store ?? job.store;
    // after the device is chosen: what they import opens TensorFlow
    const { picturesIn, readPlan, readPlannedShard } = await fitFor(
      () => import('../runs/extraction-plan.js'),
    );
    if (open?.plan !== job.plan || open.store !== store) {
      close();
      open = await fitFor(async () => {
        const { describeDevice } = await import('../runtime/device.js');
        const { loadPlanned, openShardEngine } = await import('../runs/shard-engine.js');
        demandDevice(device, describeDevice());
        const plan = readPlan(store, job.plan);
        const engine = await openShardEngine(plan, await loadPlanned(plan, {}), store);
        return { store, plan: job.plan, data: settings.data ?? plan.data, engine };
      });
    }
    const pictures = picturesIn(open.data, readPlannedShard(store, job.plan, job.shard));
    const { skipped, ...outcome } = await open.engine.run(pictures, { onProgress: tell });
    return { ...outcome, skipped: skipped.length };
  };
  return { run, close };
}
