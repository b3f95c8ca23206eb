/**
 * A million pictures on 1 to 100 workers, with failures and stragglers, by the model of simulation.ts.
 *
 *     npx tsx bench/many-machines/simulate.ts [--measured measured.json]
 *
 * `--measured`: what workers.ts printed; its times are taken, and the model is held against what 1 and 2 workers took.
 * Without it times are assumed, as below, and the model is held against nothing.
 */
import fs from 'node:fs';
import { Command } from 'commander';
import { textTable } from '../../src/report/table.js';
import { type Model, type Outcome, simulate } from './simulation.js';
import type { Measured } from './workers.js';

/** VGG-16 on two cores as the benchmark `growth` has it; the rest is a guess on the careful side. */
const assumed: Omit<Measured, 'efficiency'> = {
  perPicture: 0.022,
  noise: 0.1,
  queue: 0.05,
  startUp: 10,
  pictures: 0,
  shards: 0,
  runs: [],
};

await new Command('simulate')
  .description('Extraction on many workers, simulated.')
  .option('--measured <file>', 'output of workers.ts')
  .option('--pictures <n>', 'in all', Number, 1_000_000)
  .option('--shard <n>', 'pictures a shard', Number, 1024)
  .option('--seeds <n>', 'courses of events; shown are their median and their range', Number, 20)
  .option('--json', 'one JSON object', false)
  .action(main)
  .parseAsync();

interface Options {
  readonly measured?: string;
  readonly pictures: number;
  readonly shard: number;
  readonly seeds: number;
  readonly json: boolean;
}

async function main({ measured: file, pictures, shard, seeds, json }: Options): Promise<void> {
  const measured = file === undefined ? assumed : (JSON.parse(fs.readFileSync(file, 'utf8')) as Measured);
  const { perPicture, noise, queue, startUp } = measured;
  const quiet: Omit<Model, 'pictures' | 'shards' | 'workers'> = {
    ...{ perPicture, noise, queue, startUp },
    ...{ stragglers: 0, slowdown: 1, serial: 0.5, timeToFailure: Infinity, lock: 30, repair: 60 },
  };
  const play = (model: Model) => Array.from({ length: seeds }, (_, seed) => simulate(model, seed));
  const checks = measured.runs.map(({ workers, seconds }) => {
    const { pictures: few, shards } = measured;
    const outcomes = play({ ...quiet, pictures: few, shards, workers });
    return { workers, measured: seconds, simulated: middle(outcomes, 'seconds') };
  });
  const hour = 3600;
  const troubles = {
    'nothing goes wrong': {},
    'each worker dies every 4 h': { timeToFailure: 4 * hour },
    'dies every 4 h, 5 % are 3 times slower': { timeToFailure: 4 * hour, stragglers: 0.05, slowdown: 3 },
    'dies every 20 min, 5 % are 3 times slower': { timeToFailure: hour / 3, stragglers: 0.05, slowdown: 3 },
  };
  const rows = Object.entries(troubles).flatMap(([trouble, changed]) =>
    [1, 10, 100].map((workers) => {
      const shards = Math.ceil(pictures / shard);
      return { trouble, workers, outcomes: play({ ...quiet, ...changed, pictures, shards, workers }) };
    }),
  );
  if (json) console.log(JSON.stringify({ checks, rows }));
  else console.log(textOf(checks, rows));
}

function textOf(
  checks: readonly { workers: number; measured: number; simulated: number }[],
  rows: readonly { trouble: string; workers: number; outcomes: readonly Outcome[] }[],
): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const check = textTable(
    [
      ['workers', 'measured', 'simulated', 'off by'],
      ...checks.map(({ workers, measured, simulated }) => [
        String(workers),
        `${measured.toFixed(1)} s`,
        `${simulated.toFixed(1)} s`,
        percent(Math.abs(simulated / measured - 1)),
      ]),
    ],
    [0, 1, 2, 3],
  );
  const table = textTable(
    [
      ['', 'workers', 'minutes', 'efficiency', 'deaths', 'work lost', 'in the queue', 'tail'],
      ...rows.map(({ trouble, workers, outcomes }) => {
        const all = outcomes.map(({ seconds }) => seconds / 60).sort((a, b) => a - b);
        const lost = middle(outcomes, 'lost') / (workers * middle(outcomes, 'seconds'));
        return [
          trouble,
          String(workers),
          `${middle(outcomes, 'seconds') > 6000 ? Math.round(all[all.length >> 1]!) : all[all.length >> 1]!.toFixed(1)} (${all[0]!.toFixed(0)} to ${all.at(-1)!.toFixed(0)})`,
          percent(middle(outcomes, 'efficiency')),
          String(middle(outcomes, 'failures')),
          percent(lost),
          percent(middle(outcomes, 'queueShare')),
          `${middle(outcomes, 'tail').toFixed(0)} s`,
        ];
      }),
    ],
    [1, 2, 3, 4, 5, 6, 7],
    130,
  );
  return checks.length > 0 ? `${check}\n\n${table}` : table;
}

function middle(outcomes: readonly Outcome[], name: keyof Outcome): number {
  return outcomes.map((outcome) => outcome[name]).sort((a, b) => a - b)[outcomes.length >> 1]!;
}
