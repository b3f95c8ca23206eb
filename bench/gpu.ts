/**
 * One command that says whether this program works on this machine's card. Without a card it says what it found and runs,
 * on the CPU, what needs none, so that the command itself is proven everywhere.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Measurement, Report, RunSettings } from './benchmark.js';
import { agreement } from './compare.js';
import { block5 } from './block5.js';
import { EngineProcess, threadVariables } from './engine-process.js';
import type { EngineName } from './engines.js';
import { calibrationPictures, features } from './features.js';
import { cardMemory, type DeviceNote, deviceIn, goldenPictures, userMistake } from './gpu-facts.js';
import { lenet } from './lenet.js';
import { build, mainJob } from './main-job.js';
import { writePictures } from './material.js';
import { runOnce } from './one-shot.js';
import { runBenchmark } from './rounds.js';
import type { Setup } from './protocol.js';

export const gpuEngines = [
  'ours float32',
  'ours float16',
  'ours bfloat16',
  'pytorch cuda',
] as const satisfies readonly EngineName[];

/** What one check found. */
interface Check {
  readonly check: string;
  readonly found: string;
  /** Absent where there is nothing to judge. */
  readonly ok?: boolean;
  readonly figures?: Readonly<Record<string, number | string>>;
}

const onCpu = { CUDA_VISIBLE_DEVICES: '-1' };
const batch = 16;
/** Cosine to the CPU's float32 features; float32 on a card may be TF32, with ten bits behind the point. */
const leastCosine = { float32: 0.9999, float16: 0.9995, bfloat16: 0.999 } as const;
/** Pictures at once: doubled until the card's memory is full, on a CPU twice. */
const mostAtOnce = { gpu: 4096, cpu: 32 } as const;

/** All checks, one after the other; a check that fails leaves the others to run. */
export async function runGpu(names: readonly EngineName[], settings: RunSettings): Promise<Report> {
  const { folder, say } = settings;
  build();
  const device = await deviceIn({});
  const checks: Check[] = [deviceCheck(device)];
  const attempt = async (check: string, work: () => Promise<Check | readonly Check[]>) => {
    say(`gpu: ${check}`);
    try {
      checks.push(...[await work()].flat());
    } catch (error) {
      checks.push({ check, found: error instanceof Error ? error.message.trim() : String(error), ok: false });
    }
  };
  const setup = await features.prepare(folder, settings);
  const precisions = (['float32', 'float16', 'bfloat16'] as const).filter(
    (precision) => names.includes(`ours ${precision}`) && (device.used === 'gpu' || precision !== 'float16'),
  );
  let reference: Float32Array | undefined;
  await attempt('features on the CPU', async () => {
    const { outputs, ms } = await withEngine('ours float32', setup, settings, timed(3), onCpu);
    reference = outputs;
    return { check: 'features on the CPU', found: `${ms.toFixed(1)} ms a picture`, figures: { ms } };
  });
  for (const precision of precisions) {
    await attempt(`features in ${precision}`, () => compareFeatures(precision, setup, reference, settings));
  }
  await attempt('goldens', () => goldenCheck(settings));
  if (names.includes('pytorch cuda')) {
    await attempt('features by PyTorch', () => pytorchCheck(setup, settings));
  }
  await attempt('pictures at once', () => growBatches(device, setup, settings));
  for (const training of [lenet, block5]) {
    await attempt(training.name, () => trainingCheck(training, settings));
  }
  await attempt('main job', () => jobCheck(device, settings));
  await attempt('two processes', () => twoProcesses(setup, settings));
  await attempt('--device gpu with the card hidden', () => errorCheck());
  return reportOf(device, checks);
}

function deviceCheck(device: DeviceNote): Check {
  const card = device.card;
  const found =
    device.used === 'gpu'
      ? `${card?.name ?? 'a GPU'}, ${((card?.memory ?? 0) / 2 ** 30).toFixed(0)} GiB, driver ${card?.driver}, compute capability ${card?.computeCapability}`
      : `the CPU is used: ${device.reason}`;
  return {
    check: 'device',
    found: `${found}; TensorFlow ${device.tensorflow}, ${device.build} build`,
    ok: device.used === 'gpu' || !device.gpuPresent,
  };
}

interface LoadedEngine {
  readonly outputs: Float32Array;
  readonly details: string;
  readonly msPerPicture: (rounds: number) => Promise<number>;
  readonly stop: () => void;
}

async function loaded(
  name: EngineName,
  setup: Setup,
  { folder, threads }: RunSettings,
  environment: Readonly<Record<string, string>> = {},
): Promise<LoadedEngine> {
  const engine = new EngineProcess(name, 'features', threads, environment);
  try {
    const file = path.join(folder, 'gpu.float32');
    const answer = await engine.load(setup, file);
    if ('missing' in answer) throw new Error(answer.missing);
    const bytes = fs.readFileSync(file);
    await engine.round(1);
    return {
      outputs: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
      details: answer.details,
      msPerPicture: async (rounds) => (await engine.round(rounds)) / rounds / Number(setup['batch']),
      stop: () => engine.stop(),
    };
  } catch (error) {
    engine.stop();
    throw error;
  }
}

/** Opens an engine for `work`, and stops it whatever comes of that: the card's memory is the next one's. */
async function withEngine<T>(
  name: EngineName,
  setup: Setup,
  settings: RunSettings,
  work: (engine: LoadedEngine) => T | Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const engine = await loaded(name, setup, settings, environment);
  try {
    return await work(engine);
  } finally {
    engine.stop();
  }
}

/** An engine's features, the time that it takes for a picture, and what it holds of the card meanwhile. */
function timed(rounds: number) {
  return async ({ outputs, details, msPerPicture }: LoadedEngine) => {
    const ms = await msPerPicture(rounds);
    return { outputs, details, ms, memory: cardMemory() };
  };
}

async function compareFeatures(
  precision: keyof typeof leastCosine,
  setup: Setup,
  reference: Float32Array | undefined,
  settings: RunSettings,
): Promise<Check> {
  const { outputs, ms, memory } = await withEngine(`ours ${precision}`, setup, settings, timed(5));
  if (!reference) throw new Error('there are no features of the CPU to compare with');
  const { cosine, relativeError } = agreement(outputs, reference, batch);
  const held = memory ? `, ${memory.used} of ${memory.total} MiB of the card held` : '';
  return {
    check: `features in ${precision}`,
    found: `cosine ${cosine.toFixed(6)}, largest error ${relativeError.toExponential(1)}, ${ms.toFixed(2)} ms a picture${held}`,
    ok: cosine >= leastCosine[precision],
    figures: { cosine, relativeError, ms },
  };
}

async function goldenCheck(settings: RunSettings): Promise<Check> {
  const goldens = await goldenPictures(settings.folder);
  if (!goldens) {
    return { check: 'goldens', found: 'not compared: FINETUNE_SHARED names no folder with goldens' };
  }
  const prepared = await features.prepare(settings.folder, settings);
  const setup = { ...prepared, pictures: goldens.file, batch: goldens.count };
  const outputs = await withEngine('ours float32', setup, settings, (engine) => engine.outputs);
  const averages = goldens.averagesOf(outputs);
  const { cosine, relativeError } = agreement(averages, goldens.expected, goldens.count);
  return {
    check: 'goldens',
    found: `cosine ${cosine.toFixed(6)}, largest error ${relativeError.toExponential(1)} on ${goldens.count} pictures' averages`,
    ok: cosine >= leastCosine.float32,
    figures: { cosine, relativeError },
  };
}

async function pytorchCheck(setup: Setup, settings: RunSettings): Promise<Check> {
  try {
    const { ms, details } = await withEngine('pytorch cuda', setup, settings, timed(5));
    return {
      check: 'features by PyTorch',
      found: `${ms.toFixed(2)} ms a picture, ${details}`,
      figures: { ms },
    };
  } catch (error) {
    return { check: 'features by PyTorch', found: `not measured: ${(error as Error).message}` };
  }
}

/** Doubled until the card has no room for it, which must end in an error and not in a crash of the machine. */
async function growBatches(
  { used }: DeviceNote,
  setup: Setup,
  settings: RunSettings,
): Promise<readonly Check[]> {
  const name = used === 'gpu' ? 'ours float16' : 'ours float32';
  const found: Check[] = [];
  for (let count = 1; count <= mostAtOnce[used]; count *= 2) {
    const { file } = await writePictures(settings.folder, settings.data, count + calibrationPictures);
    const check = `${count} at once`;
    try {
      const larger = { ...setup, pictures: file, batch: count };
      const { ms, memory } = await withEngine(name, larger, settings, timed(2));
      const held = memory ? `, ${memory.used} MiB held` : '';
      found.push({
        check,
        found: `${ms.toFixed(2)} ms a picture${held}`,
        figures: { ms, ...(memory && { mebibytes: memory.used }) },
      });
    } catch (error) {
      const message = (error as Error).message;
      const full = /OOM|out of memory|ResourceExhausted|RESOURCE_EXHAUSTED/i.test(message);
      found.push({ check, found: full ? 'memory is full' : message.slice(0, 300), ok: full });
      break;
    }
  }
  return found;
}

async function trainingCheck(benchmark: typeof lenet, settings: RunSettings): Promise<Check> {
  const engines: EngineName[] = ['ours float32'];
  const { measurements } = await runBenchmark(benchmark, engines, { ...settings, rounds: 2 });
  const { stepsPerSecond, msPerImage } = measurements[0]!;
  const found = stepsPerSecond
    ? `${stepsPerSecond.toFixed(0)} steps a second`
    : `${msPerImage!.toFixed(2)} ms a picture`;
  return {
    check: benchmark.name,
    found,
    figures: { ...(stepsPerSecond && { stepsPerSecond }), ...(msPerImage && { msPerImage }) },
  };
}

async function jobCheck({ used }: DeviceNote, { data, folder, threads }: RunSettings): Promise<Check> {
  const out = path.join(folder, 'gpu-job');
  const precision = used === 'gpu' ? 'auto' : 'int8';
  const command = mainJob(data, out, precision, ['--device', used === 'gpu' ? 'gpu' : 'cpu']);
  const { seconds, peakMegabytes } = await runOnce(command, threadVariables(threads));
  const metrics = JSON.parse(fs.readFileSync(path.join(out, 'metrics.json'), 'utf8')) as {
    test: { accuracy: number };
    precision: string;
  };
  const { accuracy } = metrics.test;
  return {
    check: 'main job',
    found: `${seconds.toFixed(1)} s, accuracy ${(100 * accuracy).toFixed(1)} %, ${metrics.precision}`,
    figures: { seconds, accuracy, peakMegabytes, precision: metrics.precision },
  };
}

/** With memory that grows as needed, a second process finds room beside the first. */
async function twoProcesses(setup: Setup, settings: RunSettings): Promise<Check> {
  return withEngine('ours float32', setup, settings, async (first) => {
    const alone = await first.msPerPicture(3);
    return withEngine('ours float32', setup, settings, async (second) => {
      const both = await Promise.all([first.msPerPicture(3), second.msPerPicture(3)]);
      const same = agreement(second.outputs, first.outputs, batch).cosine > leastCosine.float32;
      return {
        check: 'two processes',
        found: `${alone.toFixed(2)} ms a picture alone, ${both.map((ms) => ms.toFixed(2)).join(' and ')} together`,
        ok: same,
        figures: { alone, together: Math.max(...both) },
      };
    });
  });
}

/** A user who asks for a card that is not to be had is told why, in one line, with exit code 2. */
async function errorCheck(): Promise<Check> {
  const { code, stderr } = await userMistake(['--data', '.', '--device', 'gpu'], {
    CUDA_VISIBLE_DEVICES: '',
  });
  const found = `exit code ${code}: ${stderr.trim()}`;
  return { check: '--device gpu with the card hidden', found, ok: code === 2 && /GPU/.test(stderr) };
}

function reportOf({ used, card }: DeviceNote, checks: readonly Check[]): Report {
  const measurements = checks.map(({ check, found, ok, figures }) => ({
    ...{ benchmark: 'gpu', engine: check, batch, ratioToBestPeer: null, found },
    ...(ok !== undefined && { ok }),
    ...figures,
  })) satisfies Measurement[];
  const where =
    used === 'gpu' ? `on ${card?.name ?? 'a GPU'}` : 'without a card: what needs none, on the CPU';
  return {
    benchmark: 'gpu',
    title: `Whether the program works on a card, ${where}`,
    measurements,
    header: ['check', 'found', 'good'],
    rows: checks.map(({ check, found, ok }) => [check, found, ok === undefined ? '' : ok ? 'yes' : 'NO']),
    missing: [],
  };
}
