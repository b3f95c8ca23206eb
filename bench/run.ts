/**
 * Times our engines and their peers on this machine.
 *
 *     npm run bench -- features latency --data ./photographs
 *     npm run bench -- lenet --engines 'ours float32,pytorch' --rounds 3 --json
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { textTable } from '../src/report/table.js';
import { messageOf, UserError } from '../src/runtime/errors.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';
import type { Benchmark, Report, RunSettings } from './benchmark.js';
import { type EngineName, engineNames } from './engines.js';
import { block5 } from './block5.js';
import { files } from './files.js';
import { features, latency } from './features.js';
import { gpuEngines, runGpu } from './gpu.js';
import { growthEngines, runGrowth } from './growth.js';
import { jobEngines, runJob } from './job.js';
import { lenet } from './lenet.js';
import { describeMachine } from './machine.js';
import { record } from './results.js';
import { runBenchmark } from './rounds.js';
import { runStart, startEngines } from './start.js';

interface CommandOptions extends Omit<RunSettings, 'folder' | 'say'> {
  readonly json: boolean;
  readonly record: boolean;
  readonly engines?: EngineName[];
}

/** A benchmark by name: which engines it knows and how it runs. */
interface Entry {
  readonly engines: readonly EngineName[];
  readonly run: (engines: readonly EngineName[], settings: RunSettings) => Promise<Report>;
}

const inTurns = (benchmark: Benchmark): Entry => ({
  engines: benchmark.engines,
  run: (engines, settings) => runBenchmark(benchmark, engines, settings),
});

const benchmarks: Readonly<Record<string, Entry>> = {
  features: inTurns(features),
  latency: inTurns(latency),
  files: inTurns(files),
  lenet: inTurns(lenet),
  block5: inTurns(block5),
  job: { engines: jobEngines, run: runJob },
  growth: { engines: growthEngines, run: runGrowth },
  start: { engines: startEngines, run: runStart },
  gpu: { engines: gpuEngines, run: runGpu },
};

await new Command('bench')
  .description('Times our engines and their peers in turns, after checking that they compute the same.')
  .addArgument(new Argument('<benchmarks...>').choices(Object.keys(benchmarks)))
  .option('--json', 'one JSON object a line on stdout', false)
  .option('--record', 'keep the result in bench/RESULTS.md', false)
  .option('--rounds <n>', 'turns of each engine (default: the benchmark’s own)', wholeNumber)
  .option('--engines <names>', `some of ${engineNames.join(', ')}`, parseEngines)
  .option('--threads <n>', 'for every engine alike', wholeNumber, os.availableParallelism())
  .option('--data <dir>', 'pictures', fileURLToPath(new URL('../data/pets', import.meta.url)))
  .option('--target <share>', 'test accuracy that the main job must reach', share, 0.965)
  .option('--most <n>', 'pictures in the largest folder of growth', wholeNumber, 10_000)
  .addOption(
    new Option('--mnist <dir>', "MNIST's four idx files; without them, random digits").env('BENCH_MNIST'),
  )
  .action(main)
  .parseAsync();

async function main(names: readonly string[], options: CommandOptions): Promise<void> {
  try {
    await ensureTensorFlow({ onProgress: (event) => 'message' in event && say(event.message) });
    for (const name of names) await runOne(benchmarks[name]!, options);
  } catch (error) {
    console.error(`bench: ${error instanceof UserError ? error.message : messageOf(error)}`);
    process.exitCode = error instanceof UserError ? 2 : 1;
  }
}

async function runOne(benchmark: Entry, options: CommandOptions): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-bench-'));
  try {
    const names = benchmark.engines.filter((name) => options.engines?.includes(name) ?? true);
    print(await benchmark.run(names, { ...options, folder, say }), options);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function print(report: Report, options: CommandOptions): void {
  if (options.record) record(report, options.threads);
  if (options.json) {
    for (const measurement of report.measurements) console.log(JSON.stringify(measurement));
  } else {
    console.log(`${report.title}\n${describeMachine()}, ${options.threads} threads for every engine\n`);
    console.log(textTable([report.header, ...report.rows], [1, 2, 3], 200));
    if (report.note) console.log(`\n${report.note}`);
  }
  for (const missing of report.missing) console.error(`not measured: ${missing}`);
}

function say(line: string): void {
  console.error(line);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('Expected a number above 0, at most 1.');
  return value;
}

function parseEngines(text: string): EngineName[] {
  return text.split(',').map((part) => {
    const name = engineNames.find((candidate) => candidate === part.trim());
    if (!name) throw new InvalidArgumentError(`Expected engines of ${engineNames.join(', ')}.`);
    return name;
  });
}
