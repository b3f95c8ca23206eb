import path from 'node:path';
import { type DeviceFacts, deviceFacts, deviceWarning } from '../device-facts.js';
import { messageOf } from '../errors.js';
import { type DeviceName, goodDriver, wantsGpu } from '../gpu.js';
import { type OpenedAddon, openAddon } from '../install/open-addon.js';
import { totalBytes } from '../install/release-folder.js';
import { cpuRelease, gpuRelease } from '../install/releases.js';
import { findInstallation, type Installation } from '../installation.js';
import type { Check } from './check.js';
import { byteSize } from '../byte-size.js';

const buildNames = {
  cpu: 'CPU build',
  gpu: 'GPU build',
  package: 'from the package @tensorflow/tfjs-node-gpu',
} satisfies Record<Installation['build'], string>;

/** Opens TensorFlow in a process of its own and says which device it uses. The first check is TensorFlow itself. */
export async function tensorflowChecks(device: DeviceName): Promise<Check[]> {
  const name = 'TensorFlow';
  const installation = findInstallation();
  if (!installation) {
    const size = byteSize(totalBytes(wantsGpu() ? gpuRelease : cpuRelease));
    return [
      {
        name,
        status: 'warn',
        message: 'not set up yet',
        advice: `The first job sets it up, or 'finetune doctor --fix' now: ${size} to download, once for all checkouts.`,
      },
    ];
  }
  try {
    const opened = await openAddon(installation.addon);
    const message = `${opened.version}, ${buildNames[installation.build]}, opened in ${opened.seconds.toFixed(1)} s`;
    const facts = deviceFacts(opened.gpu, opened.version);
    return [{ name, status: 'ok', message }, checkDevice(device, facts, opened)];
  } catch (error) {
    const advice = `Remove ${path.dirname(installation.addon)} and run 'finetune doctor --fix'.`;
    return [{ name, status: 'fail', message: messageOf(error), advice }];
  }
}

function checkDevice(device: DeviceName, facts: DeviceFacts, opened: OpenedAddon): Check {
  const name = 'Device';
  const { card } = facts;
  const warning = deviceWarning(facts);
  if (facts.used === 'gpu') {
    const message = card ? `GPU: ${card.name}, ${byteSize(card.memory)}, driver ${card.driver}` : 'GPU';
    if (warning) return { name, status: 'warn', message, advice: warning };
    if (card && Number.parseInt(card.driver, 10) < goodDriver) {
      return { name, status: 'warn', message, advice: `A driver of ${goodDriver} or newer is better.` };
    }
    return { name, status: 'ok', message };
  }
  const said = facts.reasonKind === 'unknown' ? saidOfGpus(opened.log) : '';
  const message = `CPU; ${said ? `TensorFlow says: ${said}` : facts.reason}`;
  if (device === 'gpu') return { name, status: 'fail', message, advice: 'Mend that, or use --device cpu.' };
  return warning ? { name, status: 'warn', message, advice: remedy(facts) } : { name, status: 'ok', message };
}

function remedy({ reasonKind }: DeviceFacts): string {
  switch (reasonKind) {
    case 'CPU build':
      return `The next job sets up the build for GPUs, or 'finetune doctor --fix' now: ${byteSize(totalBytes(gpuRelease))} to download.`;
    case 'unknown':
      return 'See whether nvidia-smi lists the card; if not, mend the driver.';
    default:
      return 'Mend that, or use --device cpu, which knows of no GPU and does not warn.';
  }
}

/** The lines of TensorFlow's log about GPUs, without their time and place. */
export function saidOfGpus(log: string): string {
  const lines = log.split('\n').filter((line) => /gpu|cuda|cudnn|dlopen/i.test(line));
  return lines.map((line) => line.replace(/^[IWEF]\d{4} .*?\] /, '')).join(' | ');
}
