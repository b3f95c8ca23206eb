import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.js';
import { tensorflowVersion, type Variant } from './packages.js';

const require = createRequire(import.meta.url);

/** The folder of the tfjs-node-gpu package that is installed beside us. */
export function tfjsPackage(): string {
  return path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}

/** The C++ source of our own addon, which travels with the package. */
export const quietSource = fileURLToPath(new URL('../../../src/runtime/native/quiet.cc', import.meta.url));

/** Where a variant's library, headers and addon lie, whether they are there or not. */
export function libraryFolder(variant: Variant): string {
  return path.join(cacheFolder('tensorflow'), `${tensorflowVersion}-${variant}`);
}

/** The addon that is compiled from the package's sources for a variant's library; its name changes with them. */
export function addonFile(variant: Variant): string {
  const hash = createHash('sha256');
  for (const file of [...addonSources(), quietSource]) hash.update(fs.readFileSync(file));
  return path.join(libraryFolder(variant), `tfjs_binding-${hash.digest('hex').slice(0, 12)}.node`);
}

/** Our own small addon, to be loaded before the other one. */
export function quietFile(variant: Variant): string {
  return path.join(libraryFolder(variant), 'quiet.node');
}

export function addonSources(): string[] {
  const binding = path.join(tfjsPackage(), 'binding');
  return [path.join(binding, 'tfjs_backend.cc'), path.join(binding, 'tfjs_binding.cc')];
}

/** Where the package's own installer puts its addon. */
export function packagedAddon(): string {
  return path.join(tfjsPackage(), 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** Whether a variant's library is whole: folders are renamed into place when they are. */
export function hasLibrary(variant: Variant): boolean {
  return fs.existsSync(path.join(libraryFolder(variant), 'lib', 'libtensorflow_cc.so.2'));
}

/** Whether a variant is ready to be loaded. */
export function isInstalled(variant: Variant): boolean {
  return hasLibrary(variant) && fs.existsSync(addonFile(variant));
}

/** The addon to load for a variant: ours, else that of the package's own installer, else undefined. */
export function installedAddon(variant: Variant): string | undefined {
  if (isInstalled(variant)) return addonFile(variant);
  if (variant === 'gpu' && isInstalled('cpu')) return addonFile('cpu');
  return fs.existsSync(packagedAddon()) ? packagedAddon() : undefined;
}
