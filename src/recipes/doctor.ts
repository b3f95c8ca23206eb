import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, cacheRoot, folderSize } from '../runtime/cache.js';
import type { DeviceFacts } from '../runtime/device.js';
import { messageOf } from '../runtime/errors.js';
import { wantedVariant } from '../runtime/gpu.js';
import { findCompiler } from '../runtime/install/addon.js';
import { installedAddon } from '../runtime/install/paths.js';

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

const execute = promisify(execFile);

/** Looks at everything that a run depends on; nothing is changed. */
export async function runChecks(): Promise<Check[]> {
  return [
    checkNode(),
    await checkTensorFlow(),
    ...(await checkTools()),
    checkMemory(),
    ...checkCaches(),
    checkZoo(),
  ];
}

function checkNode(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const message = `${process.version} on ${process.platform} ${process.arch}`;
  if (major < 20) return { name: 'Node', status: 'fail', message, advice: 'Install Node 20, 22 or 24.' };
  return { name: 'Node', status: 'ok', message };
}

/** Opens TensorFlow and multiplies two matrices in a process of its own, so that a crash is a finding too. */
async function checkTensorFlow(): Promise<Check> {
  const name = 'TensorFlow';
  if (!installedAddon(wantedVariant())) {
    return {
      name,
      status: 'fail',
      message: 'not set up yet',
      advice: "Run 'finetune doctor --fix', or any job.",
    };
  }
  const probe = fileURLToPath(new URL('../runtime/probe.js', import.meta.url));
  try {
    const { stdout } = await execute(process.execPath, [probe], { timeout: 120_000 });
    const device = JSON.parse(stdout) as DeviceFacts;
    const on = `${device.tensorflow} computes on the ${device.used === 'gpu' ? 'GPU' : 'CPU'}`;
    const cpu = `${device.cores} cores of ${device.cpu} (${device.instructions.join(', ') || 'no AVX'})`;
    if (device.used === 'gpu') return { name, status: 'ok', message: `${on}; ${cpu}` };
    const message = `${on}, not on a GPU: ${device.reason}; ${cpu}`;
    if (!device.driver) return { name, status: 'ok', message };
    return {
      name,
      status: 'warn',
      message,
      advice: "Run 'finetune doctor --fix --device gpu'.",
    };
  } catch (error) {
    const advice = `Delete ${cacheFolder('tensorflow')} and run 'finetune doctor --fix'.`;
    return { name, status: 'fail', message: `does not open: ${messageOf(error).slice(0, 300)}`, advice };
  }
}

async function checkTools(): Promise<Check[]> {
  const needed = !installedAddon(wantedVariant());
  const missing = (name: string, what: string): Check => ({
    name,
    status: needed ? 'fail' : 'ok',
    message: `${what}${needed ? '' : '; not needed, TensorFlow is set up'}`,
    ...(needed && { advice: "On Debian or Ubuntu: 'apt-get install python3-pip g++'." }),
  });
  const python = await execute('python3', ['-m', 'pip', '--version']).then(
    ({ stdout }): Check => ({ name: 'pip', status: 'ok', message: stdout.trim().split(' from ')[0]! }),
    () => missing('pip', 'python3 -m pip does not answer'),
  );
  const compiler = await findCompiler().then(
    (found): Check => ({ name: 'C++ compiler', status: 'ok', message: found }),
    () => missing('C++ compiler', 'none answers'),
  );
  return [python, compiler];
}

function checkMemory(): Check {
  const total = os.totalmem() / 1e9;
  const message = `${total.toFixed(0)} GB, ${(os.freemem() / 1e9).toFixed(0)} GB free`;
  if (total >= 4) return { name: 'Memory', status: 'ok', message };
  return {
    name: 'Memory',
    status: 'warn',
    message,
    advice: 'VGG-16 takes up to 3 GB: try --extract-batch-size 4.',
  };
}

function checkCaches(): Check[] {
  const size = (bytes: number) =>
    bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
  const parts = (['tensorflow', 'weights', 'features'] as const).map(
    (part) => `${part} ${size(folderSize(cacheFolder(part)))}`,
  );
  const weights = fs.existsSync(cacheFolder('weights')) ? fs.readdirSync(cacheFolder('weights')) : [];
  return [
    { name: 'Cache', status: 'ok', message: `${cacheRoot()}: ${parts.join(', ')}` },
    {
      name: 'Weights',
      status: 'ok',
      message:
        weights.length > 0 ? `cached: ${weights.join(', ')}` : 'none cached yet; fetched when first needed',
    },
  ];
}

function checkZoo(): Check {
  const zoo = process.env['FINETUNE_ZOO'];
  if (!zoo) return { name: 'Local zoo', status: 'ok', message: 'FINETUNE_ZOO is not set' };
  if (fs.existsSync(zoo)) return { name: 'Local zoo', status: 'ok', message: path.resolve(zoo) };
  const message = `FINETUNE_ZOO names '${zoo}', which does not exist`;
  return {
    name: 'Local zoo',
    status: 'fail',
    message,
    advice: 'Set it to a folder of weight files, or unset it.',
  };
}
