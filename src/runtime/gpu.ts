import fs from 'node:fs';
import type { Variant } from './install/packages.js';

export const deviceNames = ['auto', 'cpu', 'gpu'] as const;
export type DeviceName = (typeof deviceNames)[number];

const driverTraces = ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/usr/lib/wsl/lib/libcuda.so.1'];

/** Whether an NVIDIA driver is loaded on this machine. */
export function hasNvidiaDriver(): boolean {
  return process.platform === 'linux' && driverTraces.some((file) => fs.existsSync(file));
}

/**
 * Settles the device before TensorFlow is loaded; after that it cannot be changed. `cpu` hides GPUs from TensorFlow.
 */
export function chooseDevice(device: DeviceName): void {
  process.env['FINETUNE_DEVICE'] = device;
  if (device === 'cpu') process.env['CUDA_VISIBLE_DEVICES'] = '-1';
}

/** The TensorFlow build that fits the device asked for: the GPU's only where there is a driver. */
export function wantedVariant(device = process.env['FINETUNE_DEVICE'] ?? 'auto'): Variant {
  return device !== 'cpu' && hasNvidiaDriver() ? 'gpu' : 'cpu';
}
