import { rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../cache.js';
import { messageOf, UserError } from '../errors.js';
import { type DeviceName, findGpu, wantsGpu } from '../gpu.js';
import { findInstallation, type Installation } from '../installation.js';
import { whyNoGpu } from '../why-no-gpu.js';
import { buildAddon, type Compiler, compilerAdvice, findCompiler } from './addon.js';
import { bringTfjsPackage } from './bring-package.js';
import { openAddon } from './open-addon.js';
import { runOwnInstaller } from './own-installer.js';
import { findPip, type Pip, pipAdvice } from './pip.js';
import { whileSettingUp } from './setup-lock.js';
import type { OnSetupProgress } from './setup-progress.js';
import { prebuiltAddon, tryPrebuilt } from './prebuilt.js';
import { installRelease, isReleaseInPlace, releaseFolder } from './release-folder.js';
import { cpuRelease, gpuRelease, type Release, tensorflowVersion } from './releases.js';
import { wheelsSuitMachine } from './suits-machine.js';

export interface EnsureOptions {
  /** auto: a GPU where there is one that can be used; cpu: the smaller library; gpu: the GPU one or an error. */
  readonly device?: DeviceName;
  /** With `gpu`: though there is no card here, as while an image is built that will run where there is one. */
  readonly withoutCard?: boolean;
  /** Told of nothing when there is nothing to do. */
  readonly onProgress?: OnSetupProgress;
}

/**
 * Puts a working TensorFlow in place, unless there is one: a few milliseconds then. Else the pinned wheel is brought
 * through pip and the addon compiled, both into the cache that all checkouts share; where that cannot be done, the
 * installer of @tensorflow/tfjs-node-gpu is tried. Survives being killed at any point, and any number may run at once.
 *
 * @throws UserError naming everything that was tried, why each failed, and what to install.
 */
export async function ensureTensorFlow(options: EnsureOptions = {}): Promise<Installation> {
  const { device = 'auto', withoutCard = false, onProgress = () => undefined } = options;
  const gpu = device !== 'cpu' && hasGpuWheels() && ((device === 'gpu' && withoutCard) || wantsGpu());
  if (device === 'gpu' && !gpu) {
    if (!hasGpuWheels()) {
      throw new UserError(
        `Expected a usable GPU for --device gpu but TensorFlow's wheels for GPUs are for Linux on x86-64 and this is ${process.platform} on ${process.arch}. Use --device cpu.`,
      );
    }
    const { message } = whyNoGpu(findGpu(), undefined, 'gpu');
    throw new UserError(
      `Expected a usable GPU for --device gpu but ${message}. Mend that, or use --device cpu.`,
    );
  }
  const present = findAsWanted(gpu);
  if (present) return present;
  return whileSettingUp(
    async () => findAsWanted(gpu) ?? (await install(device, gpu, onProgress)),
    onProgress,
  );
}

/** Whether a GPU could be used at all: elsewhere it would be asked for at every start, and never be had. */
function hasGpuWheels(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

function findAsWanted(gpu: boolean): Installation | undefined {
  const installation = findInstallation(gpu);
  return gpu && installation?.build !== 'gpu' ? undefined : installation;
}

/** Tries one way after the other, until a TensorFlow is in place. */
async function install(device: DeviceName, gpu: boolean, onProgress: OnSetupProgress): Promise<Installation> {
  await bringTfjsPackage(onProgress);
  const present = findAsWanted(gpu);
  if (present) return present;
  const [pip, compiler] = await Promise.all([findPip(), findCompiler()]);
  const fromWheels = (release: Release) => ({
    name: `the wheels of TensorFlow ${tensorflowVersion}${release.kind === 'gpu' ? ' for GPUs' : ''} through pip`,
    work: () => installFromWheels(release, pip, compiler, onProgress),
  });
  const own = {
    name: 'the installer of @tensorflow/tfjs-node-gpu',
    work: async () => {
      const addon = await runOwnInstaller(onProgress);
      try {
        await openAddon(addon);
      } catch (error) {
        await rm(addon); // so that it is not taken for a working one
        throw error;
      }
    },
  };
  const ways =
    device === 'gpu'
      ? [fromWheels(gpuRelease)]
      : [...(gpu ? [fromWheels(gpuRelease)] : []), fromWheels(cpuRelease), own];

  const start = performance.now();
  const failures: string[] = [];
  for (const { name, work } of ways) {
    try {
      await work();
    } catch (error) {
      failures.push(`${name}: ${messageOf(error)}`);
    }
    const installation = device === 'gpu' ? findAsWanted(true) : findInstallation(gpu);
    if (!installation) continue;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    onProgress({
      kind: 'note',
      message: `TensorFlow is set up (${seconds} s): ${path.dirname(installation.addon)}`,
    });
    if (failures.length > 0) {
      onProgress({ kind: 'warning', message: `This way of setting it up failed: ${failures.join('; ')}.` });
    }
    return installation;
  }
  const tried = failures.map((failure, i) => `(${i + 1}) ${failure}`).join('; ');
  throw new UserError(
    `Expected to set up TensorFlow but no way worked: ${tried}. ${remedy(pip, compiler)} Then run the same command again.`,
  );
}

/**
 * Brings a release into the cache, unless it is there, and an addon for it: the one that came with the package where it
 * fits, else it is compiled.
 */
async function installFromWheels(
  release: Release,
  pip: Pip,
  compiler: Compiler,
  onProgress: OnSetupProgress,
): Promise<void> {
  wheelsSuitMachine();
  const prebuilt = prebuiltAddon();
  if ('missing' in compiler && prebuilt === undefined) {
    throw new Error(`there is no C++ compiler (${compiler.missing})`);
  }
  const tensorflow = cacheFolder('tensorflow');
  if (!isReleaseInPlace(release, tensorflow)) {
    if ('missing' in pip) throw new Error(`there is no pip (${pip.missing})`);
    await installRelease(release, tensorflow, pip.found, onProgress);
  }
  const place = releaseFolder(release, tensorflow);
  const misfit = prebuilt === undefined ? '' : await tryPrebuilt(prebuilt, place);
  if (misfit === undefined) return;
  if ('missing' in compiler) {
    throw new Error(
      `the addon that came along does not fit (${misfit}) and there is no C++ compiler (${compiler.missing})`,
    );
  }
  await buildAddon(place, compiler.found, onProgress);
}

function remedy(pip: Pip, compiler: Compiler): string {
  const advice = [
    ...('missing' in pip ? [pipAdvice] : []),
    ...('missing' in compiler ? [compilerAdvice] : []),
  ];
  if (advice.length > 0) return `Install ${advice.join(' and ')}.`;
  return (
    'Where pip does not get through, see what it is set up with (python3 -m pip config list), or copy the cache of a ' +
    'machine that works and name it in the variable FINETUNE_CACHE.'
  );
}
