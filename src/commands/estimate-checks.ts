import os from 'node:os';
import { counted } from '../data/pictures.js';
import type { Estimate } from '../recipes/estimate.js';
import { byteSize } from '../runtime/byte-size.js';
import { freeForCache } from '../runtime/cache.js';
import type { Check } from '../runtime/checks/check.js';

/** The estimate as further lines of `doctor`. */
export function estimateChecks(estimate: Estimate): Check[] {
  const { pictures, classes, split, plan, millisecondsPerPicture, seconds, memory, disk } = estimate;
  const total = disk.features + disk.run;
  const free = freeForCache();
  return [
    {
      name: 'Pictures',
      status: 'ok',
      message: `${counted(pictures, 'picture')} in ${counted(classes, 'class', 'classes')}. ${split}`,
    },
    { name: 'Network', status: 'ok', message: plan },
    {
      name: 'Time',
      status: 'ok',
      message: `about ${rough(seconds.total)} to the report: ${rough(seconds.features)} for features (${millisecondsPerPicture.toFixed(0)} ms a picture, measured), the rest for copies, heads and report`,
    },
    memory < os.totalmem()
      ? { name: 'Memory', status: 'ok', message: `about ${byteSize(memory)} of ${byteSize(os.totalmem())}` }
      : {
          name: 'Memory',
          status: 'warn',
          message: `about ${byteSize(memory)}, but this machine has ${byteSize(os.totalmem())}`,
          advice: 'Give a smaller --input or --extract-batch-size, or another --base.',
        },
    total < free
      ? {
          name: 'Space',
          status: 'ok',
          message: `about ${byteSize(disk.features)} for features in the cache, ${byteSize(disk.run)} for the run`,
        }
      : {
          name: 'Space',
          status: 'warn',
          message: `about ${byteSize(total)}, but ${byteSize(free)} are free`,
          advice: 'Make room, or name another place in FINETUNE_CACHE.',
        },
  ];
}

/** Seconds without digits that an estimate does not have. */
function rough(seconds: number): string {
  if (seconds < 90) return `${Math.max(5, 5 * Math.round(seconds / 5))} s`;
  const minutes = seconds / 60;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  return `${(minutes / 60).toFixed(1)} h`;
}
