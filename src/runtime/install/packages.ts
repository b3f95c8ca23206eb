import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.js';

const require = createRequire(import.meta.url);

/** The package whose JavaScript and addon sources are used, and its version. */
export const tfjsPackage = {
  name: '@tensorflow/tfjs-node-gpu',
  version: (require('../../../package.json') as Manifest).optionalDependencies['@tensorflow/tfjs-node-gpu'],
} as const;

interface Manifest {
  optionalDependencies: { '@tensorflow/tfjs-node-gpu': string };
}

/** Where the set-up puts the package when the package manager left it out; see bring-package.ts. */
export function cachedTfjsPackage(): string {
  return path.join(cacheFolder('tensorflow'), `tfjs-node-gpu-${tfjsPackage.version}`);
}

/**
 * The folder of the package @tensorflow/tfjs-node-gpu: where the package manager put it, else ours in the cache.
 * Undefined when neither is there.
 */
export function findTfjsPackage(): string | undefined {
  try {
    return path.dirname(require.resolve(`${tfjsPackage.name}/package.json`));
  } catch {
    const own = path.join(cachedTfjsPackage(), 'node_modules', tfjsPackage.name);
    return fs.existsSync(path.join(own, 'package.json')) ? own : undefined;
  }
}

/** The folder of the package @tensorflow/tfjs-node-gpu, which the set-up has made sure of. */
export function tfjsPackageFolder(): string {
  const folder = findTfjsPackage();
  if (folder === undefined) throw new Error(`the package ${tfjsPackage.name} is not there`);
  return folder;
}

/** The headers of Node's stable addon interface. */
export function nodeApiHeaders(): string {
  return path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
}

/** A file of ours that is used as it is; the path is the same from src/ and from dist/. */
export function nativeFile(name: string): string {
  return fileURLToPath(new URL(`../../../src/runtime/native/${name}`, import.meta.url));
}
