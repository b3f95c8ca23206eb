/**
 * How much two workers on a processor each do, against one; and how much of their time goes to the queue. Each worker's
 * first shard, in which it opens the network, is its start-up. Run it while nothing else computes.
 *
 *     npm run build && npx tsx bench/many-machines/workers.ts --data ./photographs --base vgg16 > measured.json
 */
import { type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Job, Queue } from 'bullmq';
import { Command } from 'commander';
import { queueName } from '../../src/queue/connect.js';
import type { ShardAnswer, ShardJob } from '../../src/queue/shard-job.js';
import { RedisServer } from '../../test/helpers/redis.js';
import { median } from '../statistics.js';
import { finish, kill, start } from './processes.js';

type QueuedShard = Job<ShardJob, ShardAnswer>;

/** Times in seconds. */
export interface Measured {
  readonly pictures: number;
  readonly shards: number;
  /** One worker, on one processor. */
  readonly perPicture: number;
  /** Standard deviation of the logarithm of the time of a shard. */
  readonly noise: number;
  /** Of a shard, taking it and handing it back. */
  readonly queue: number;
  readonly startUp: number;
  /** `seconds`: from the first shard taken to the last one there; `picturesPerSecond`: once started, all together. */
  readonly runs: readonly {
    readonly workers: number;
    readonly seconds: number;
    readonly picturesPerSecond: number;
    readonly queueShare: number;
  }[];
  /** Of the most workers, against as many times one. */
  readonly efficiency: number;
}

interface Options {
  readonly data: string;
  readonly base: string;
  readonly more: string;
  readonly shards: number;
  readonly workers: string;
}

/** Only when it is what was called: others take its types. */
if (process.argv[1]?.endsWith('workers.ts')) {
  await new Command('workers')
    .description('Efficiency of workers on a processor each.')
    .requiredOption('--data <dir>', 'folder of pictures')
    .option('--base <name>', 'network', 'vgg16')
    .option('--more <options>', 'of the main job, as one word', '--input 224')
    .option('--shards <n>', 'pieces', Number, 20)
    .option('--workers <list>', 'how many', '1,2')
    .action(main)
    .parseAsync();
}

async function main({ data, base, more, shards, workers }: Options): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-workers-'));
  const job = [
    'extract',
    data,
    '--base',
    base,
    '--device',
    'cpu',
    '--shards',
    String(shards),
    ...more.split(' '),
  ];
  const planning = path.join(folder, 'planned');
  await finish(start([...job, '--store', planning, '--plan-only']));
  const redis = await RedisServer.start(folder);
  const running: ChildProcess[] = [];
  try {
    const runs: { readonly workers: number; readonly finished: readonly QueuedShard[] }[] = [];
    for (const count of workers.split(',').map(Number)) {
      const store = path.join(folder, String(count));
      fs.cpSync(planning, store, { recursive: true });
      for (let i = 0; i < count; i++) {
        running.push(start(['worker', '--queue', redis.url, '--device', 'cpu'], { cores: String(i) }));
      }
      const queue = new Queue<QueuedShard['data'], QueuedShard['returnvalue']>(queueName, {
        connection: { url: redis.url },
      });
      while ((await queue.getWorkersCount()) < count) await wait(100);
      await finish(start([...job, '--store', store, '--queue', redis.url]));
      runs.push({ workers: count, finished: (await queue.getCompleted()) as QueuedShard[] });
      await queue.obliterate();
      await queue.close();
      await Promise.all(running.splice(0).map(kill));
    }
    console.log(JSON.stringify(measured(runs, shards)));
  } finally {
    await Promise.all(running.map(kill));
    await redis.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function measured(
  runs: readonly { readonly workers: number; readonly finished: readonly QueuedShard[] }[],
  shards: number,
): Measured {
  const figures = runs.map(({ workers, finished }) => {
    const own = [...new Set(finished.map(({ processedBy }) => processedBy))].map((name) =>
      finished
        .filter(({ processedBy }) => processedBy === name)
        .sort((a, b) => a.finishedOn! - b.finishedOn!),
    );
    const steady = own.map(([first, ...rest]) => ({
      rest,
      pictures: rest.reduce((sum, { data }) => sum + data.pictures, 0),
      seconds: (rest.at(-1)!.finishedOn! - first!.finishedOn!) / 1000,
      computing: rest.reduce((sum, { returnvalue }) => sum + returnvalue.seconds, 0),
      startUp: (first!.finishedOn! - first!.processedOn!) / 1000 - first!.returnvalue.seconds,
    }));
    const total = (value: (one: (typeof steady)[number]) => number) =>
      steady.reduce((sum, one) => sum + value(one), 0);
    const from = Math.min(...finished.map(({ processedOn }) => processedOn!));
    const to = Math.max(...finished.map(({ finishedOn }) => finishedOn!));
    return {
      steady,
      startUp: total(({ startUp }) => startUp) / workers,
      run: {
        workers,
        seconds: (to - from) / 1000,
        picturesPerSecond: total(({ pictures, seconds }) => pictures / seconds),
        queueShare: 1 - total(({ computing }) => computing) / total(({ seconds }) => seconds),
      },
    };
  });
  const [one, most] = [figures[0]!, figures.at(-1)!];
  const { rest, pictures, seconds, computing } = one.steady[0]!;
  const logs = rest.map(({ data, returnvalue }) => Math.log(returnvalue.seconds / data.pictures));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return {
    pictures: runs[0]!.finished.reduce((sum, { data }) => sum + data.pictures, 0),
    shards,
    perPicture: computing / pictures,
    noise: Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)),
    queue: (seconds - computing) / rest.length,
    startUp: median(figures.map(({ startUp }) => startUp)),
    runs: figures.map(({ run }) => run),
    efficiency:
      most.run.picturesPerSecond / ((most.run.workers / one.run.workers) * one.run.picturesPerSecond),
  };
}
