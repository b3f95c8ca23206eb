import type { Command } from 'commander';
import { duration } from '../report/text.js';
import { counted } from '../data/pictures.js';
import { UserError } from '../runtime/errors.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { Interrupted } from '../runtime/progress.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { checkDeviceName } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseWhole } from './values.js';

interface WorkerFlags {
  readonly queue?: string;
  readonly store?: string;
  readonly data?: string;
  readonly device: string;
  readonly lock: number;
  readonly untilEmpty: boolean;
  readonly json: boolean;
}

export function addWorkerCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('worker')
    .description('compute features, and make fits of studies, that others ask for from a queue in Redis')
    .option('--queue <url>', 'of the Redis: redis://host:6379 (default: $FINETUNE_QUEUE)')
    .option('--store <dir>', 'where this machine sees the shared folder, if elsewhere than the one that asks')
    .option('--data <dir>', 'where this machine sees the pictures, if elsewhere')
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .option('--lock <seconds>', 'silence after which another worker takes a job over', parseWhole, 30)
    .option(
      '--until-empty',
      'end when nothing is left to do, be it that nobody has asked for anything yet',
      false,
    )
    .option('--json', 'print what was done as one JSON object', false)
    .action(async (flags: WorkerFlags) => finish(await work(flags)));
}

async function work({ queue, lock, json, ...flags }: WorkerFlags): Promise<number> {
  const url = queueAddress(queue);
  if (lock < 1) throw new UserError(`Expected --lock to be a second or more but received ${lock}.`);
  const display = progressDisplay(process.stderr, { quiet: false });
  // what computes, and opens TensorFlow, is a process beside this one
  await ensureTensorFlow({ device: checkDeviceName(flags.device), onProgress: display.show });
  const { runWorker } = await import('../queue/work.js');
  const done = await untilInterrupted(display, (signal) =>
    runWorker({ url, lock, ...flags }, { onProgress: display.show, signal }),
  ).catch((error: unknown) => {
    if (error instanceof Interrupted) return undefined;
    throw error;
  });
  if (done && json) await print(JSON.stringify(done));
  else if (done) {
    const failures = done.failed > 0 ? ` ${counted(done.failed, 'try', 'tries')} failed.` : '';
    const fits = done.fits > 0 ? `, ${counted(done.fits, 'fit')}` : '';
    await print(
      `${counted(done.shards, 'shard')}, ${counted(done.pictures, 'picture')}${fits} in ${duration(done.seconds)}.${failures}`,
    );
  }
  return 0;
}

/** A flag, or the variable that keeps a password out of lists of processes. */
export function queueAddress(given: string | undefined): string {
  const url = given ?? process.env['FINETUNE_QUEUE'];
  if (url) return url;
  throw new UserError(
    'Expected the address of a Redis, as --queue redis://host:6379 or in FINETUNE_QUEUE, but received none.',
  );
}
