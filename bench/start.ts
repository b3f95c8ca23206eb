import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../src/runtime/cache.js';
import type { Measurement, Report, RunSettings } from './benchmark.js';
import { threadVariables } from './engine-process.js';
import type { EngineName } from './engines.js';
import { build } from './main-job.js';
import { drawPictures } from './material.js';
import { type Finished, runOnce } from './one-shot.js';
import { median } from './statistics.js';

export const startEngines = ['ours int8'] as const;

const program = fileURLToPath(new URL('../dist/run.js', import.meta.url));

/** Commands that compute nothing, and what they may take in seconds. */
const idle = [
  { command: ['--help'], goal: 0.3 },
  { command: ['--version'], goal: 0.3 },
  { command: ['summary', 'vgg16'], goal: 0.3 },
  { command: ['zoo', 'list'], goal: 0.3 },
] as const;

/** Lines of the main job's progress that end a stage. */
const stages: readonly (readonly [line: RegExp, stage: string])[] = [
  [/^Trying the frozen network/, 'start, scan, weights'],
  [/^Precision /, 'choosing the precision'],
  [/^Computing features.*█{20} /, 'features'],
  [/^Looking for copies.*█{20} .* pictures\/s/, 'small pictures'],
  [/^Looking for copies.*█{20} /, 'copies'],
];

interface Row extends Measurement {
  readonly seconds: number;
  readonly goal?: number;
}

/** What there is to wait for besides the arithmetic: commands that start, and the main job by its stages. */
export async function runStart(_: readonly EngineName[], settings: RunSettings): Promise<Report> {
  const { data, folder, say, threads } = settings;
  build();
  const rounds = settings.rounds ?? 5;
  const cache = path.join(folder, 'cache');
  fs.mkdirSync(cache);
  fs.symlinkSync(cacheFolder('tensorflow'), path.join(cache, 'tensorflow'));
  if (fs.existsSync(cacheFolder('weights'))) {
    fs.symlinkSync(cacheFolder('weights'), path.join(cache, 'weights'));
  }
  const environment = { ...threadVariables(threads), FINETUNE_CACHE: cache };
  const run = (command: readonly string[], onLine?: (line: string) => void): Promise<Finished> =>
    runOnce([process.execPath, program, ...command], environment, '', onLine);
  const rows: Row[] = [];
  const add = (engine: string, seconds: number, goal?: number) => {
    rows.push({
      ...{ benchmark: 'start', engine, batch: 1, ratioToBestPeer: null, seconds },
      ...(goal !== undefined && { goal }),
    });
  };
  const timed = async (command: readonly string[]) => {
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) seconds.push((await run(command)).seconds);
    return median(seconds);
  };
  for (const { command, goal } of idle) {
    say(`start: ${command.join(' ')}`);
    add(command.join(' '), await timed(command), goal);
  }

  const job = ['--data', data, '--baseline', 'none'];
  const out = path.join(folder, 'first');
  say('start: the main job, nothing stored');
  const started = performance.now();
  const ends: { stage: string; at: number }[] = [];
  const first = await run([...job, '--out', out], (line) => {
    const stage = stages.find(([pattern]) => pattern.test(line))?.[1];
    if (!stage) return;
    if (ends.at(-1)?.stage === stage) ends.pop(); // a stage may say twice that it has ended
    ends.push({ stage, at: (performance.now() - started) / 1000 });
  });
  let before = 0;
  for (const { stage, at } of ends) {
    add(`main job: ${stage}`, at - before);
    before = at;
  }
  add('main job: head, figures, report', first.seconds - before);
  add('main job, all of it', first.seconds);
  say('start: again, with another head');
  const again = await run([...job, '--weight-decay', '0.5', '--out', path.join(folder, 'second')]);
  add('main job again, another head', again.seconds, 3);
  const [picture] = await drawPictures(data, 1);
  say('start: predict');
  add('predict, one picture', await timed(['predict', out, picture!.file]), 1.2);

  return {
    benchmark: 'start',
    title: `What there is to wait for besides the arithmetic: the built program from its start to its end, medians of ${rounds}; the main job once`,
    measurements: rows,
    header: ['what', 'seconds', 'goal'],
    rows: rows.map(({ engine, seconds, goal }) => [
      engine,
      seconds.toFixed(2),
      goal === undefined ? '' : `${goal}`,
    ]),
    missing: [],
  };
}
