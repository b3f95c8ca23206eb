import type { Command } from 'commander';
import { counted } from '../data/pictures.js';
import type { QueueStatus } from '../queue/status.js';
import { duration, thousands } from '../report/text.js';
import { printable } from '../runtime/printable.js';
import { print } from './output.js';
import { queueAddress } from './worker.js';

export function addQueueCommand(program: Command): void {
  const queue = program.command('queue').description('what workers have done and have to do');
  queue
    .command('status')
    .description('jobs waiting, under way and failed, and the time left over all workers')
    .option('--queue <url>', 'of the Redis: redis://host:6379 (default: $FINETUNE_QUEUE)')
    .option('--json', 'print it as one JSON object', false)
    .action(async ({ queue: given, json }: { queue?: string; json: boolean }) => {
      const { queueStatus } = await import('../queue/status.js');
      const status = await queueStatus(queueAddress(given));
      await print(json ? JSON.stringify(status) : printable(statusText(status)));
    });
}

function statusText(status: QueueStatus): string {
  const { redis, workers, waiting, active, finished, failed, picturesLeft, fitsLeft } = status;
  const { picturesPerSecond, secondsLeft } = status;
  const speed =
    picturesPerSecond === undefined || secondsLeft === undefined
      ? ''
      : `, ${picturesPerSecond.toFixed(picturesPerSecond < 10 ? 1 : 0)} a second by all workers, ${duration(secondsLeft)} left`;
  return [
    `${redis}: ${counted(workers, 'worker')}`,
    `Jobs: ${waiting} waiting, ${active.length} under way, ${finished} finished in the last hour, ${failed.length} failed`,
    `Pictures left: ${thousands(picturesLeft)}${picturesLeft > 0 ? speed : ''}`,
    ...(fitsLeft > 0 ? [`Fits left: ${thousands(fitsLeft)}`] : []),
    ...active.map(({ text, done, tries, ...job }) => {
      const again = tries > 1 ? `, try ${tries}` : '';
      const all = 'pictures' in job ? counted(job.pictures, 'picture') : counted(job.parts.length, 'fit');
      return `  ${text}: ${done} of ${all}${again}`;
    }),
    ...failed.map(({ text, reason, tries }) => {
      return `  FAILED ${text}, ${counted(tries, 'try', 'tries')}: ${reason}`;
    }),
  ].join('\n');
}
