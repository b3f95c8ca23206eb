import { type CpuFacts, cpuFacts } from './cpu.js';
import { UserError } from './errors.js';
import { describeCard, type DeviceName, findGpu, type GpuCard } from './gpu.js';
import { findInstallation, type Installation } from './installation.js';
import { noNativeCode, type WhyNoGpu, whyNoGpu } from './why-no-gpu.js';

export interface DeviceFacts {
  readonly inUse: 'cpu' | 'gpu';
  readonly tensorflow: string;
  readonly build: Installation['build'];
  /** The card that the driver names first, whether used or not. */
  readonly card?: GpuCard;
  /** Present when the CPU is used. */
  readonly whyNoGpu?: WhyNoGpu;
  readonly cpu: CpuFacts;
}

/** The device in use and why it is no GPU. Opens TensorFlow in this process. */
export async function describeDevice(): Promise<DeviceFacts> {
  const { nativeBinding, usesGpu } = await import('./tensorflow.js');
  return deviceFacts(usesGpu(), nativeBinding().TF_Version);
}

/** As `describeDevice`, where it is known already what TensorFlow says. */
export async function deviceFacts(gpu: boolean, tensorflow: string): Promise<DeviceFacts> {
  const build = findInstallation()?.build ?? 'package';
  const presence = findGpu();
  const card = presence.card ? await describeCard() : undefined;
  const why = gpu ? undefined : whyNoGpu(presence, card, build);
  return {
    inUse: gpu ? 'gpu' : 'cpu',
    tensorflow,
    build,
    cpu: cpuFacts(),
    ...(card ? { card } : {}),
    ...(why ? { whyNoGpu: why } : {}),
  };
}

/**
 * One line to print loudly when a GPU is there but not used, or is used and may not work well; else undefined.
 * Silent when `--device cpu` asked for it.
 */
export function deviceWarning(facts: DeviceFacts): string | undefined {
  const { card, whyNoGpu } = facts;
  if (facts.inUse === 'gpu') {
    const trouble = card && noNativeCode(card);
    return trouble && `${trouble}: expect a slow start, or errors.`;
  }
  const chosen = whyNoGpu?.reason === 'hidden' && process.env['CUDA_VISIBLE_DEVICES'] === '-1';
  if (!whyNoGpu || whyNoGpu.reason === 'no card' || chosen) return undefined;
  return `A GPU is there (${card?.name ?? 'NVIDIA'}) but the CPU is used: ${whyNoGpu.message}.`;
}

/** @throws UserError with the reason when `--device gpu` was asked for and no GPU is in use. */
export function demandDevice(device: DeviceName, facts: DeviceFacts): void {
  if (device !== 'gpu' || facts.inUse === 'gpu') return;
  throw new UserError(
    `Expected a usable GPU for --device gpu but ${facts.whyNoGpu?.message}. Mend that, or use --device cpu.`,
  );
}
