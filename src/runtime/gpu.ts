import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const deviceNames = ['auto', 'cpu', 'gpu'] as const;
export type DeviceName = (typeof deviceNames)[number];

/**
 * Settles the device before TensorFlow is loaded; after that it cannot be changed. 'cpu' hides every GPU from this
 * process; 'auto' and 'gpu' change nothing.
 */
export function chooseDevice(device: DeviceName): void {
  if (device === 'cpu') process.env['CUDA_VISIBLE_DEVICES'] = '-1';
}

/** What the operating system says of NVIDIA GPUs, found by looking at files alone (about a millisecond). */
export interface GpuPresence {
  /** Whether a card is there, with a driver or without. */
  readonly card: boolean;
  /** Whether the kernel's driver runs the card. */
  readonly driverRuns: boolean;
  /** The kernel driver's version, such as '555.42.06'; absent without a driver, and under Windows' Linux. */
  readonly driver?: string;
  /** Where the driver's library libcuda.so.1 was found; TensorFlow sees no GPU without it. */
  readonly driverLibrary?: string;
}

/** An NVIDIA card, as its driver describes it. */
export interface GpuCard {
  readonly name: string;
  /** Its memory in bytes. */
  readonly memory: number;
  readonly driver: string;
  /** Compute capability: '9.0' is Hopper. */
  readonly computeCapability: string;
}

/** The oldest driver that runs programs made for any CUDA 12: NVIDIA's CUDA Compatibility guide, minor version compatibility. */
export const oldestDriver = 525;
/** The driver of CUDA 12.5, which TensorFlow 2.21 is built with: from here on it runs on cards it has no native code for. */
export const goodDriver = 555;

/** Looks for an NVIDIA card and its driver. `root` stands in for the file system's root in tests. */
export function findGpu(root = '/', environment: NodeJS.ProcessEnv = process.env): GpuPresence {
  if (process.platform !== 'linux') return { card: false, driverRuns: false };
  const at = (name: string) => path.join(root, name);
  const driverRuns =
    namesIn(at('proc/driver/nvidia/gpus')).length > 0 ||
    namesIn(at('dev')).some((name) => /^nvidia\d+$/.test(name)) ||
    fs.existsSync(at('usr/lib/wsl/lib/libcuda.so.1'));
  const card = driverRuns || hasPciCard(at('sys/bus/pci/devices'));
  const driver = driverVersion(at('proc/driver/nvidia/version'));
  const driverLibrary = libraryFolders(environment)
    .map((folder) => at(path.join(folder, 'libcuda.so.1')))
    .find((file) => fs.existsSync(file));
  return { card, driverRuns, ...(driver ? { driver } : {}), ...(driverLibrary ? { driverLibrary } : {}) };
}

/** Whether a GPU is there that TensorFlow could use and that CUDA_VISIBLE_DEVICES does not hide. */
export function wantsGpu(presence = findGpu(), environment: NodeJS.ProcessEnv = process.env): boolean {
  const { driverRuns, driver, driverLibrary } = presence;
  return driverRuns && driverLibrary !== undefined && !isTooOld(driver) && !gpusAreHidden(environment);
}

/** Whether a driver is too old for any CUDA 12. */
export function isTooOld(driver: string | undefined): boolean {
  return driver !== undefined && Number.parseInt(driver, 10) < oldestDriver;
}

/** Whether CUDA_VISIBLE_DEVICES lets no GPU through: empty, or beginning with a number below 0. */
export function gpusAreHidden(environment: NodeJS.ProcessEnv = process.env): boolean {
  const visible = environment['CUDA_VISIBLE_DEVICES'];
  return visible !== undefined && /^\s*(-|$)/.test(visible);
}

/** What nvidia-smi says of the first card; undefined when it cannot be asked. */
export function describeCard(): GpuCard | undefined {
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name,memory.total,driver_version,compute_cap', '--format=csv,noheader,nounits'],
    { encoding: 'utf8' },
  );
  if (status !== 0) return undefined;
  const [name, mebibytes, driver, computeCapability] = (stdout.split('\n')[0] ?? '').split(', ');
  if (!name || !mebibytes || !driver || !computeCapability) return undefined;
  return { name, memory: Number(mebibytes) * 2 ** 20, driver, computeCapability: computeCapability.trim() };
}

/** Whether a display or 3D controller (class 03) of NVIDIA (vendor 10de) is on the PCI bus. */
function hasPciCard(devices: string): boolean {
  const read = (device: string, file: string) => {
    try {
      return fs.readFileSync(path.join(devices, device, file), 'utf8').trim();
    } catch {
      return '';
    }
  };
  return namesIn(devices).some(
    (device) => read(device, 'vendor') === '0x10de' && read(device, 'class').startsWith('0x03'),
  );
}

/** From /proc/driver/nvidia/version: "NVRM version: NVIDIA UNIX x86_64 Kernel Module  555.42.06  Mon …". */
function driverVersion(file: string): string | undefined {
  if (!fs.existsSync(file)) return undefined;
  return /NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s/.exec(fs.readFileSync(file, 'utf8'))?.[1];
}

/** Where the dynamic linker finds libcuda.so.1 on the usual systems; /usr/local/nvidia is where containers get it. */
function libraryFolders(environment: NodeJS.ProcessEnv): string[] {
  const named = (environment['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== '');
  return [
    ...named,
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib64',
    '/usr/lib',
    '/lib64',
    '/usr/local/nvidia/lib64',
    '/usr/lib/wsl/lib',
    '/run/opengl-driver/lib',
  ];
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
