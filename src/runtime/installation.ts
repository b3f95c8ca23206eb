import fs from 'node:fs';
import { cacheFolder } from './cache.js';
import { wantsGpu } from './gpu.js';
import { addonFile } from './install/addon.js';
import { packageAddon } from './install/own-installer.js';
import { findTfjsPackage } from './install/packages.js';
import { isReleaseInPlace, releaseFolder } from './install/release-folder.js';
import { cpuRelease, gpuRelease, type Release } from './install/releases.js';

/** A TensorFlow that is in place. */
export interface Installation {
  /** The native addon, linked to the library. */
  readonly addon: string;
  /** Our CPU or GPU build from the cache, or whatever lies in the package @tensorflow/tfjs-node-gpu. */
  readonly build: 'cpu' | 'gpu' | 'package';
}

/**
 * The TensorFlow to use: one that is already in the package @tensorflow/tfjs-node-gpu, else ours from the cache. Where a
 * GPU is wanted ours for GPUs goes first, because the package's own knows no card made after 2021.
 * Looks at files only; a few milliseconds.
 */
export function findInstallation(gpu = wantsGpu()): Installation | undefined {
  if (findTfjsPackage() === undefined) return undefined;
  const order = gpu ? ([ofGpu, ofPackage, ofCpu] as const) : ([ofPackage, ofCpu, ofGpu] as const);
  for (const find of order) {
    const installation = find();
    if (installation) return installation;
  }
  return undefined;
}

const ofCpu = () => fromCache(cpuRelease);
const ofGpu = () => fromCache(gpuRelease);

function fromCache(release: Release): Installation | undefined {
  const tensorflow = cacheFolder('tensorflow');
  if (!isReleaseInPlace(release, tensorflow)) return undefined;
  const addon = addonFile(releaseFolder(release, tensorflow));
  return fs.existsSync(addon) ? { addon, build: release.kind } : undefined;
}

function ofPackage(): Installation | undefined {
  const addon = packageAddon();
  return addon === undefined ? undefined : { addon, build: 'package' };
}
