import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark, Measurement, Report, RunSettings } from './benchmark.js';
import { agreement } from './compare.js';
import { EngineProcess } from './engine-process.js';
import { type Arithmetic, arithmeticOf, arithmetics, type EngineName, isPeer } from './engines.js';
import type { Setup } from './protocol.js';
import { median } from './statistics.js';

/** Cosine that reduced precision must reach; float32 must stay within the benchmark's relative error. */
const leastCosine = { bfloat16: 0.999, float16: 0.999, int8: 0.995 } as const;

/** Lets threads that still spin after an engine's turn fall asleep. */
const betweenTurnsMs = 100;

interface Runner {
  readonly process: EngineProcess;
  readonly details: string;
  readonly agreement: string;
  readonly ms: number[];
}

/**
 * Times engines in turns: one round is every engine once, so that whatever else the machine does hits all alike.
 *
 * @throws Error when an engine's outputs are not those of the reference, the first float32 engine that loads.
 */
export async function runBenchmark(
  benchmark: Benchmark,
  names: readonly EngineName[],
  settings: RunSettings,
): Promise<Report> {
  const { folder, threads, say } = settings;
  say(`${benchmark.name}: preparing`);
  const setup = await benchmark.prepare(folder, settings);
  const runners: Runner[] = [];
  const missing: string[] = [];
  try {
    let reference: Float32Array | undefined;
    for (const name of names) {
      say(`${benchmark.name}: loading ${name}`);
      const process = new EngineProcess(name, benchmark.work, threads);
      const loaded = await load(process, setup, folder);
      if ('missing' in loaded) {
        missing.push(`${name}: ${loaded.missing}`);
        process.stop();
        continue;
      }
      runners.push({ process, ms: [], details: loaded.details, agreement: check(name, loaded.outputs) });
    }
    await takeTurns(runners, benchmark, settings.rounds ?? benchmark.rounds, say);
    return { ...reportOf(benchmark, runners), missing };

    function check(name: EngineName, outputs: Float32Array): string {
      if (!reference && arithmeticOf(name) === 'float32') {
        reference = outputs;
        return 'reference';
      }
      if (!reference) return 'nothing to compare with';
      return agree(benchmark, name, outputs, reference);
    }
  } finally {
    for (const { process } of runners) process.stop();
  }
}

async function load(process: EngineProcess, setup: Setup, folder: string) {
  const file = path.join(folder, `${process.name.replaceAll(' ', '-')}.float32`);
  const loaded = await process.load(setup, file);
  if ('missing' in loaded) return loaded;
  const { buffer, byteOffset, length } = fs.readFileSync(file);
  return { ...loaded, outputs: new Float32Array(buffer.slice(byteOffset, byteOffset + length)) };
}

function agree(
  benchmark: Benchmark,
  name: EngineName,
  outputs: Float32Array,
  reference: Float32Array,
): string {
  const { cosine, relativeError } = agreement(outputs, reference, benchmark.rows);
  const arithmetic = arithmeticOf(name);
  const text =
    arithmetic === 'float32' ? `error ${relativeError.toExponential(1)}` : `cosine ${cosine.toFixed(4)}`;
  const good =
    arithmetic === 'float32' ? relativeError <= benchmark.tolerance : cosine >= leastCosine[arithmetic];
  if (!good) throw new Error(`${name} does not compute the same network as the others: ${text}`);
  return text;
}

async function takeTurns(
  runners: readonly Runner[],
  benchmark: Benchmark,
  rounds: number,
  say: (line: string) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    say(`${benchmark.name}: round ${round + 1} of ${rounds}`);
    // Every other round backwards, so that no engine always follows the same one.
    for (const runner of round % 2 === 0 ? runners : [...runners].reverse()) {
      await pause(betweenTurnsMs);
      runner.ms.push((await runner.process.round(benchmark.repeats)) / benchmark.repeats);
    }
  }
}

function measurements(benchmark: Benchmark, runners: readonly Runner[]): Measurement[] {
  const ratio = ({ ms }: Runner, best: Runner | undefined) =>
    best ? median(ms.map((own, round) => best.ms[round]! / own)) : null;
  return runners.map((runner) => {
    const { process, ms } = runner;
    const time = median(ms);
    return {
      benchmark: benchmark.name,
      engine: process.name,
      batch: benchmark.batch,
      ...(benchmark.unit === 'msPerImage'
        ? { msPerImage: time / benchmark.batch }
        : { stepsPerSecond: 1000 / time }),
      ratioToBestPeer: ratio(runner, fastestPeer(runners, 'float32')),
      ratioAtPrecision: ratio(runner, fastestPeer(runners, arithmeticOf(process.name))),
    };
  });
}

function fastestPeer(runners: readonly Runner[], arithmetic: Arithmetic): Runner | undefined {
  return runners
    .filter(({ process: { name } }) => isPeer(name) && arithmeticOf(name) === arithmetic)
    .sort((a, b) => median(a.ms) - median(b.ms))[0];
}

function reportOf(benchmark: Benchmark, runners: readonly Runner[]): Omit<Report, 'missing'> {
  const { name, title, unit } = benchmark;
  const measured = measurements(benchmark, runners);
  const rows = measured.map((m, i) => [
    m.engine,
    (m.msPerImage ?? m.stepsPerSecond!).toFixed(1),
    m.ratioToBestPeer?.toFixed(2) ?? '',
    m.ratioAtPrecision?.toFixed(2) ?? '',
    runners[i]!.agreement,
    runners[i]!.details,
  ]);
  const header = [
    'engine',
    unit === 'msPerImage' ? 'ms a picture' : 'steps a second',
    'speed',
    'at its precision',
    'agreement',
    'with',
  ];
  return { benchmark: name, title, measurements: measured, header, rows, ...fastestPeers(runners) };
}

function fastestPeers(runners: readonly Runner[]): { note?: string } {
  const found = arithmetics.flatMap((arithmetic) => {
    const fastest = fastestPeer(runners, arithmetic);
    return fastest ? [`in ${arithmetic} ${fastest.details}`] : [];
  });
  return found.length > 0 ? { note: `Fastest peers: ${found.join('; ')}.` } : {};
}
