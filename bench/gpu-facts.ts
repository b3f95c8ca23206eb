/** What the checks of a card need to know besides what the engines say. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { DeviceFacts } from '../src/runtime/device-facts.js';
import { runOnce } from './one-shot.js';

export type DeviceNote = Pick<
  DeviceFacts,
  'used' | 'tensorflow' | 'build' | 'gpuPresent' | 'card' | 'reason'
>;

/** The device as a process of its own sees it: TensorFlow settles it once, when it is opened. */
export async function deviceIn(environment: Readonly<Record<string, string>>): Promise<DeviceNote> {
  const module = new URL('../src/runtime/device.ts', import.meta.url).href;
  const program = `import { describeDevice } from ${JSON.stringify(module)};
console.log(JSON.stringify(describeDevice()));`;
  const command = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program];
  return JSON.parse((await runOnce(command, environment)).stdout) as DeviceNote;
}

/** MiB of the first card that all processes together hold; undefined where there is none. */
export function cardMemory(): { readonly used: number; readonly total: number } | undefined {
  const query = ['--query-gpu=memory.used,memory.total', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [used, total] = stdout.split('\n')[0]!.split(', ').map(Number);
  return { used: used!, total: total! };
}

export interface Goldens {
  /** uint8 RGB [count, 224, 224, 3]. */
  readonly file: string;
  readonly count: number;
  /** Averages of VGG-16's last map, float32 [count, 512], as Keras computed them. */
  readonly expected: Float32Array;
  /** The same of an engine's outputs, float32 [count, 7, 7, 512]. */
  averagesOf(outputs: Float32Array): Float32Array;
}

/** Pictures with the features that Keras gives them, of the folder that FINETUNE_SHARED names. */
export async function goldenPictures(folder: string): Promise<Goldens | undefined> {
  const shared = process.env['FINETUNE_SHARED'];
  const goldens = path.join(shared ?? '', 'goldens');
  if (!shared || !fs.existsSync(path.join(goldens, 'vgg16.json'))) return undefined;
  const known = JSON.parse(fs.readFileSync(path.join(goldens, 'vgg16.json'), 'utf8')) as Record<
    string,
    { global_average: number[] }
  >;
  const names = Object.keys(known).sort();
  const pixels = await Promise.all(
    names.map((name) => sharp(path.join(goldens, name)).removeAlpha().raw().toBuffer()),
  );
  const file = path.join(folder, 'goldens.uint8');
  fs.writeFileSync(file, Buffer.concat(pixels));
  return {
    file,
    count: names.length,
    expected: Float32Array.from(names.flatMap((name) => known[name]!.global_average)),
    averagesOf(outputs) {
      const averages = new Float32Array(names.length * 512);
      const places = outputs.length / averages.length;
      outputs.forEach((value, i) => {
        averages[Math.floor(i / (places * 512)) * 512 + (i % 512)]! += value / places;
      });
      return averages;
    },
  };
}

/** Runs the built command line, which is expected to refuse. */
export function userMistake(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const program = fileURLToPath(new URL('../dist/run.js', import.meta.url));
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...process.env, ...environment },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.resume();
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stderr }));
  });
}
