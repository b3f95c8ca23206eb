/** The process in which a worker computes; BullMQ forks it and hands it one job after the other. */
import type { SandboxedJob } from 'bullmq';
import { chooseDevice, type DeviceName } from '../runtime/gpu.js';
import type { FitsAnswer, FitsJob } from './fits-job.js';
import { fitsProcessor } from './fits-processor.js';
import { isShard } from './job.js';
import type { ShardAnswer, ShardJob } from './shard-job.js';
import { shardProcessor } from './shard-processor.js';
import { settingsVariable, type WorkerSettings } from './worker-settings.js';

const tellEveryMs = 1000;

export default processor(JSON.parse(process.env[settingsVariable] ?? '{}') as WorkerSettings);

/**
 * Nobody takes what is computed once the worker is gone. BullMQ answers an error that nobody caught by telling the worker:
 * when telling is what failed, that would go on for ever.
 */
process.on('disconnect', () => process.exit(0));
process.prependListener('uncaughtException', ({ code }: NodeJS.ErrnoException) => {
  if (!process.connected || code === 'EPIPE' || code === 'ERR_IPC_CHANNEL_CLOSED') process.exit(0);
});

type Answer = ShardAnswer | FitsAnswer;

/** A network that computes features and the examples of a study are not held in memory side by side. */
function processor(
  settings: WorkerSettings,
): (job: SandboxedJob<ShardJob | FitsJob, Answer>) => Promise<Answer> {
  const device = (settings.device ?? 'auto') as DeviceName;
  chooseDevice(device);
  const shards = shardProcessor(settings, device);
  const fits = fitsProcessor(settings, device);
  return (queued) => {
    let told = performance.now();
    const tell = (done: number) => {
      if (performance.now() - told < tellEveryMs) return;
      told = performance.now();
      queued.updateProgress(done).catch(() => process.exit(0));
    };
    const { data } = queued;
    if (isShard(data)) {
      fits.close();
      return shards.run(data, tell);
    }
    shards.close();
    return fits.run(data, tell);
  };
}
