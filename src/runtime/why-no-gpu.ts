import { cacheFolder } from './cache.js';
import { type GpuCard, type GpuPresence, goodDriver, gpusAreHidden, isTooOld, oldestDriver } from './gpu.js';
import { missingFiles } from './install/release-folder.js';
import { gpuRelease } from './install/releases.js';
import type { Installation } from './installation.js';

/** Why no GPU is used: a word to decide by, and a sentence to show. */
export interface WhyNoGpu {
  readonly kind:
    | 'no card'
    | 'no driver'
    | 'chosen'
    | 'hidden'
    | 'CPU build'
    | 'driver too old'
    | 'library missing'
    | 'card not supported'
    | 'unknown';
  readonly message: string;
}

/** The first reason, in the order in which each has to be mended, that keeps TensorFlow from a GPU. */
export function whyNoGpu(
  presence: GpuPresence,
  card: GpuCard | undefined,
  build: Installation['build'],
  environment: NodeJS.ProcessEnv = process.env,
  missing: () => string[] | undefined = () => missingFiles(gpuRelease, cacheFolder('tensorflow')),
): WhyNoGpu {
  if (!presence.card) return { kind: 'no card', message: 'no NVIDIA GPU was found' };
  if (gpusAreHidden(environment)) {
    const value = environment['CUDA_VISIBLE_DEVICES'];
    return value === '-1' // what --device cpu sets
      ? { kind: 'chosen', message: 'the CPU was asked for' }
      : { kind: 'hidden', message: `CUDA_VISIBLE_DEVICES='${value}' hides it` };
  }
  if (!presence.driverRuns) {
    return { kind: 'no driver', message: `no NVIDIA driver runs it; install one, ${goodDriver} or newer` };
  }
  if (presence.driverLibrary === undefined) {
    return {
      kind: 'library missing',
      message:
        "the driver's library libcuda.so.1 was not found; in a container, start it with --gpus all, else mend the driver",
    };
  }
  const driver = card?.driver ?? presence.driver;
  if (isTooOld(driver)) {
    return {
      kind: 'driver too old',
      message: `the NVIDIA driver is ${driver}; TensorFlow needs ${oldestDriver} or newer, better ${goodDriver}`,
    };
  }
  if (build !== 'gpu') {
    const absent = missing();
    if (absent?.[0] !== undefined) {
      return {
        kind: 'library missing',
        message: `${absent[0]} is missing; run the same command again to mend it`,
      };
    }
    return { kind: 'CPU build', message: "the TensorFlow in use is not finetune's build for GPUs" };
  }
  const trouble = card && noNativeCode(card);
  if (trouble) return { kind: 'card not supported', message: trouble };
  return {
    kind: 'unknown',
    message: "TensorFlow found none that it can use; 'finetune doctor' shows what it says of them",
  };
}

/** What speaks against a card that TensorFlow 2.21 was not compiled for: compute capability 12, the RTX 50 series. */
export function noNativeCode(card: GpuCard): string | undefined {
  if (Number.parseInt(card.computeCapability, 10) < 12) return undefined;
  return `${card.name} has compute capability ${card.computeCapability}, for which TensorFlow holds no native code`;
}
