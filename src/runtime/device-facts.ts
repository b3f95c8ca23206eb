import { type CpuFacts, cpuFacts } from './cpu.js';
import { UserError } from './errors.js';
import { describeCard, type DeviceName, findGpu, type GpuCard } from './gpu.js';
import { findInstallation, type Installation } from './installation.js';
import { noNativeCode, type WhyNoGpu, whyNoGpu } from './why-no-gpu.js';

/** What TensorFlow computes on. */
export interface DeviceFacts extends CpuFacts {
  readonly used: 'cpu' | 'gpu';
  readonly tensorflow: string;
  readonly build: Installation['build'];
  /** Whether an NVIDIA card is there, used or not. */
  readonly gpuPresent: boolean;
  /** The card that the driver names first. */
  readonly card?: GpuCard;
  /** Why no GPU is used; absent when one is. */
  readonly reason?: string;
  readonly reasonKind?: WhyNoGpu['kind'];
}

/** The facts, given what TensorFlow said of itself when it was opened. Asks nvidia-smi where there is a card. */
export function deviceFacts(usesGpu: boolean, tensorflow: string): DeviceFacts {
  const build = findInstallation()?.build ?? 'package';
  const presence = findGpu();
  const card = presence.card ? describeCard() : undefined;
  const why = usesGpu ? undefined : whyNoGpu(presence, card, build);
  return {
    used: usesGpu ? 'gpu' : 'cpu',
    tensorflow,
    build,
    gpuPresent: presence.card,
    ...cpuFacts(),
    ...(card && { card }),
    ...(why && { reason: why.message, reasonKind: why.kind }),
  };
}

/**
 * One line to print loudly when a GPU is there but not used, or is used and may not work well; else undefined.
 * Silent when the CPU was asked for.
 */
export function deviceWarning(facts: DeviceFacts): string | undefined {
  const { card, reason, reasonKind } = facts;
  if (facts.used === 'gpu') {
    const trouble = card && noNativeCode(card);
    return trouble && `${trouble}: expect a slow start, or errors.`;
  }
  if (!facts.gpuPresent || reasonKind === 'chosen') return undefined;
  return `This machine has a GPU (${card?.name ?? 'NVIDIA'}) but TensorFlow is NOT using it: ${reason}. Everything runs on the CPU, many times slower.`;
}

/** @throws UserError with the reason when `--device gpu` was asked for and no GPU is in use. */
export function demandDevice(device: DeviceName, facts: DeviceFacts): void {
  if (device !== 'gpu' || facts.used === 'gpu') return;
  throw new UserError(
    `Expected a usable GPU for --device gpu but ${facts.reason}. Mend that, or use --device cpu.`,
  );
}
