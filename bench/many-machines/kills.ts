/**
 * Workers, their computing processes and Redis are killed again and again while a folder's features are computed over a
 * queue; then what lies in the shared folder is held against what one machine computes without a queue.
 *
 *     npm run build && npx tsx bench/many-machines/kills.ts --data ./photographs --base squeezenet
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { Random } from '../../src/runtime/random.js';
import { RedisServer } from '../../test/helpers/redis.js';
import { featureFiles } from '../../test/helpers/shards.js';
import { finish, kill, start } from './processes.js';

interface Options {
  readonly data: string;
  readonly base: string;
  readonly weights?: string;
  readonly shards: number;
  readonly kills: number;
  readonly workers: number;
  readonly seed: number;
}

await new Command('kills')
  .description('Kills workers and Redis, and compares the bytes with those of one machine.')
  .requiredOption('--data <dir>', 'folder of pictures')
  .option('--base <name>', 'network', 'squeezenet')
  .option('--weights <file>', 'its weights')
  .option('--shards <n>', 'pieces', Number, 60)
  .option('--kills <n>', 'of workers, their computing processes and Redis', Number, 30)
  .option('--workers <n>', 'at a time', Number, 2)
  .option('--seed <n>', 'of who is killed when', Number, 0)
  .action(main)
  .parseAsync();

type Victim = 'worker' | 'computing process' | 'Redis';

async function main({ data, base, weights, shards, kills, workers, seed }: Options): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-kills-'));
  const [queued, alone] = [path.join(folder, 'queued'), path.join(folder, 'alone')];
  const what = [data, '--base', base, ...(weights ? ['--weights', weights] : []), '--shards', String(shards)];
  const random = new Random(seed);
  const redis = await RedisServer.start(folder);
  const running: ChildProcess[] = [];
  const startWorker = () => start(['worker', '--queue', redis.url, '--lock', '2']);
  const counts: Record<Victim, number> = { worker: 0, 'computing process': 0, Redis: 0 };
  try {
    for (let i = 0; i < workers; i++) running.push(startWorker());
    let ended = false;
    const started = performance.now();
    const submitted = finish(
      start(['extract', ...what, '--store', queued, '--queue', redis.url, '--json']),
    ).finally(() => (ended = true));
    submitted.catch(() => undefined); // awaited below
    for (let done = 0; done < kills && !ended;) {
      // not before something new is there: a system that is killed faster than it starts does nothing
      const before = recordsIn(queued);
      const patience = performance.now() + 8000;
      while (!ended && recordsIn(queued) === before && performance.now() < patience) await wait(20);
      if (recordsIn(queued) === 0) continue;
      await wait(random.between(0, 700));
      const chance = random.next();
      const victim: Victim = chance < 0.5 ? 'worker' : chance < 0.75 ? 'computing process' : 'Redis';
      const i = random.below(workers);
      if (victim === 'Redis') {
        await redis.kill();
        await wait(random.between(0, 1000));
        await redis.run();
      } else if (victim === 'worker') {
        await kill(running[i]!);
        running[i] = startWorker();
      } else if (!killChildOf(running[i]!)) continue;
      counts[victim]++;
      done++;
      console.error(`${done} of ${kills}: ${victim}, ${recordsIn(queued)} files of features`);
    }
    const result = JSON.parse(await submitted) as object;
    const seconds = (performance.now() - started) / 1000;
    await finish(start(['extract', ...what, '--store', alone, '--json']));
    const [theirs, ours] = [featureFiles(queued), featureFiles(alone)];
    const same = Object.keys(ours).filter((file) => theirs[file] === ours[file]).length;
    const all = new Set([...Object.keys(ours), ...Object.keys(theirs)]).size;
    console.log(JSON.stringify({ ...result, store: undefined, killed: counts, seconds, files: all, same }));
    if (same !== all) process.exitCode = 1;
  } finally {
    await Promise.all(running.map(kill));
    await redis.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function recordsIn(store: string): number {
  const root = path.join(store, 'features');
  if (!fs.existsSync(root)) return 0;
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.features')).length;
}

/** Whether there was one. */
function killChildOf({ pid }: ChildProcess): boolean {
  const [child] = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)])
    .stdout.toString()
    .trim()
    .split(/\s+/);
  if (!child) return false;
  process.kill(Number(child), 'SIGKILL');
  return true;
}
