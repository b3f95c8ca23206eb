/** The process in which a worker computes; BullMQ forks it and hands it one job after the other. */
import type { SandboxedJob } from 'bullmq';
import { chooseDevice, type DeviceName } from '../runtime/gpu.js';
import { demandDevice } from '../runtime/device-facts.js';
import { messageOf } from '../runtime/errors.js';
import type { ShardEngine } from '../runs/shard-engine.js';
import type { ShardAnswer, ShardJob } from './shard-job.js';
import { settingsVariable, unfit, type WorkerSettings } from './worker-settings.js';

const tellEveryMs = 1000;

export default shardProcessor(JSON.parse(process.env[settingsVariable] ?? '{}') as WorkerSettings);

/**
 * Nobody takes what is computed once the worker is gone. BullMQ answers an error that nobody caught by telling the worker:
 * when telling is what failed, that would go on for ever.
 */
process.on('disconnect', () => process.exit(0));
process.prependListener('uncaughtException', ({ code }: NodeJS.ErrnoException) => {
  if (!process.connected || code === 'EPIPE' || code === 'ERR_IPC_CHANNEL_CLOSED') process.exit(0);
});

/** The network of the last plan stays open for its next shard. */
function shardProcessor(settings: WorkerSettings): (job: SandboxedJob<ShardJob>) => Promise<ShardAnswer> {
  const device = (settings.device ?? 'auto') as DeviceName;
  chooseDevice(device);
  let open: { readonly plan: string; readonly data: string; readonly engine: ShardEngine } | undefined;
  return async (queued) => {
    const { data: job } = queued;
    const store = settings.store ?? job.store;
    // after the device is chosen: what they import opens TensorFlow
    const { picturesIn, readPlan, readPlannedShard } = await fitFor(
      () => import('../runs/extraction-plan.js'),
    );
    if (open?.plan !== job.plan) {
      open?.engine.close();
      open = undefined;
      open = await fitFor(async () => {
        const { describeDevice } = await import('../runtime/device.js');
        const { loadPlanned, openShardEngine } = await import('../runs/shard-engine.js');
        demandDevice(device, describeDevice());
        const plan = readPlan(store, job.plan);
        const engine = await openShardEngine(plan, await loadPlanned(plan, {}), store);
        return { plan: job.plan, data: settings.data ?? plan.data, engine };
      });
    }
    const pictures = picturesIn(open.data, readPlannedShard(store, job.plan, job.shard));
    let told = performance.now();
    const { skipped, ...outcome } = await open.engine.run(pictures, {
      onProgress: (done) => {
        if (performance.now() - told < tellEveryMs) return;
        told = performance.now();
        queued.updateProgress(done).catch(() => process.exit(0));
      },
    });
    return { ...outcome, skipped: skipped.length };
  };
}

/** What fails here would fail with every shard: it is this machine's matter. */
async function fitFor<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(unfit + messageOf(error), { cause: error });
  }
}
