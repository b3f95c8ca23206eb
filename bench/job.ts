import fs from 'node:fs';
import path from 'node:path';
import type { Picture } from '../src/data/pictures.js';
import { scanFolder } from '../src/data/scan.js';
import { splitFolder } from '../src/data/split.js';
import type { Measurement, Report, RunSettings } from './benchmark.js';
import { threadVariables } from './engine-process.js';
import { type Arithmetic, arithmeticOf, engineCommand, type EngineName, isPeer } from './engines.js';
import { build, mainJob } from './main-job.js';
import { writeVggWeights } from './material.js';
import { type Finished, runOnce } from './one-shot.js';
import type { Missing } from './protocol.js';
import { median } from './statistics.js';

/** `keras`: the base runs in every epoch, ten of them, as Keras' transfer-learning guide does it; `stored`: once. */
export const jobEngines = [
  'ours float32',
  'ours int8',
  'keras',
  'keras stored',
  'pytorch stored',
  'openvino int8',
] as const;

const batch = 32;

interface Result extends Finished {
  readonly accuracy: number;
  readonly details: string;
}

/** The whole main job, from the program's start to its end: pictures on disk to a classifier with its test accuracy. */
export async function runJob(names: readonly EngineName[], settings: RunSettings): Promise<Report> {
  const { data, folder, say } = settings;
  build();
  const { request, pictures } = await prepare(folder, data);
  const results = new Map<EngineName, Result[]>(names.map((name) => [name, []]));
  const missing: string[] = [];
  for (let round = 0; round < (settings.rounds ?? 1); round++) {
    for (const name of results.keys()) {
      say(`job: round ${round + 1}, ${name}`);
      const result = await runContestant(name, request, { ...settings, round });
      if ('missing' in result) {
        missing.push(`${name}: ${result.missing}`);
        results.delete(name);
      } else results.get(name)!.push(result);
    }
  }
  return { ...reportOf(results, pictures, settings.target), missing };
}

async function prepare(folder: string, data: string): Promise<{ request: string; pictures: number }> {
  const scanned = await scanFolder(data, { strict: false });
  const { train, validation, test } = splitFolder(scanned, { seed: 0 });
  const list = (pictures: readonly Picture[]) => pictures.map(({ file, label }) => [file, label]);
  const request = {
    weights: await writeVggWeights(folder),
    classes: scanned.labels.length,
    batch,
    train: list([...train, ...validation]),
    test: list(test),
  };
  return { request: JSON.stringify(request), pictures: request.train.length + request.test.length };
}

async function runContestant(
  name: EngineName,
  request: string,
  { data, folder, threads, round }: RunSettings & { readonly round: number },
): Promise<Result | Missing> {
  const environment = threadVariables(threads);
  if (isPeer(name)) {
    const finished = await runOnce(engineCommand(name, 'job'), environment, request);
    const answer = JSON.parse(finished.stdout) as { accuracy: number; details: string } | Missing;
    return { ...finished, ...answer };
  }
  const precision = name.replace('ours ', '');
  const out = path.join(folder, `${precision}-${round}`);
  const finished = await runOnce(mainJob(data, out, precision), environment);
  const metrics = JSON.parse(fs.readFileSync(path.join(out, 'metrics.json'), 'utf8')) as {
    test: { accuracy: number };
    precision: string;
  };
  return { ...finished, accuracy: metrics.test.accuracy, details: metrics.precision };
}

function reportOf(
  results: ReadonlyMap<EngineName, readonly Result[]>,
  pictures: number,
  target: number,
): Omit<Report, 'missing'> {
  const reached = ([, runs]: readonly [EngineName, readonly Result[]]) =>
    runs.every((r) => r.accuracy >= target);
  const seconds = (runs: readonly Result[]) => median(runs.map((result) => result.seconds));
  const fastest = (arithmetic: Arithmetic) =>
    [...results]
      .filter((entry) => isPeer(entry[0]) && arithmeticOf(entry[0]) === arithmetic && reached(entry))
      .sort(([, a], [, b]) => seconds(a) - seconds(b))[0]?.[1];
  const ratio = (runs: readonly Result[], best: readonly Result[] | undefined) =>
    best ? median(runs.map((run, i) => best[i]!.seconds / run.seconds)) : null;
  const measured = [...results].map(([engine, runs]) => ({
    benchmark: 'job',
    engine,
    batch,
    msPerImage: (1000 * seconds(runs)) / pictures,
    ratioToBestPeer: ratio(runs, fastest('float32')),
    ratioAtPrecision: ratio(runs, fastest(arithmeticOf(engine))),
    seconds: seconds(runs),
    accuracy: median(runs.map(({ accuracy }) => accuracy)),
    reached: reached([engine, runs]),
    peakMegabytes: Math.max(...runs.map(({ peakMegabytes }) => peakMegabytes)),
  })) satisfies Measurement[];
  const percent = `${(100 * target).toFixed(1)} %`;
  return {
    benchmark: 'job',
    title: `The whole main job on ${pictures} pictures, from start to end of the program, to a test accuracy of ${percent}`,
    measurements: measured,
    header: [
      'engine',
      'seconds',
      'speed',
      'at its precision',
      'accuracy',
      `reaches ${percent}`,
      'peak MB',
      'with',
    ],
    rows: measured.map((m) => [
      m.engine,
      m.seconds.toFixed(1),
      m.ratioToBestPeer?.toFixed(2) ?? '',
      m.ratioAtPrecision?.toFixed(2) ?? '',
      `${(100 * m.accuracy).toFixed(1)} %`,
      m.reached ? 'yes' : 'no',
      m.peakMegabytes.toFixed(0),
      results.get(m.engine)![0]!.details,
    ]),
  };
}
