import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** The folder of the package @tensorflow/tfjs-node-gpu, wherever npm put it. */
export function tfjsPackageFolder(): string {
  return path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}

/** The headers of Node's stable addon interface. */
export function nodeApiHeaders(): string {
  return path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
}

/** A file of ours that is used as it is; the path is the same from src/ and from dist/. */
export function nativeFile(name: string): string {
  return fileURLToPath(new URL(`../../../src/runtime/native/${name}`, import.meta.url));
}
