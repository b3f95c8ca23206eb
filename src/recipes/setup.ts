import fs from 'node:fs';
import path from 'node:path';
import { modelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import type { DeviceName } from '../runtime/gpu.js';
import { writeBundle } from '../runtime/install/bundle.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { cachedTfjsPackage } from '../runtime/install/packages.js';
import type { OnSetupProgress } from '../runtime/install/setup-progress.js';
import type { Hooks } from '../runtime/progress.js';
import { fetchProgress } from '../zoo/fetch-progress.js';
import { keepPublished } from '../zoo/load-weights.js';

export interface BundleOptions {
  readonly device: DeviceName;
  /** With `gpu`: for machines that have a card, though this one has none. */
  readonly withoutCard?: boolean;
  /** Networks whose published weights are to come along. */
  readonly bases: readonly string[];
  readonly onProgress: NonNullable<Hooks['onProgress']> & OnSetupProgress;
  readonly signal?: AbortSignal;
}

export interface MadeBundle {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** The weights that are in it, by their names in the zoo. */
  readonly weights: readonly string[];
}

/**
 * Copies what a machine without any network needs into a folder: TensorFlow's library and the compiled addon as they lie in
 * the cache here, so that neither pip nor a compiler is needed there, and weights, verified.
 *
 * @param directory new or empty.
 * @throws UserError when it is not, or TensorFlow or weights cannot be had.
 */
export async function makeBundle(given: string, options: BundleOptions): Promise<MadeBundle> {
  const { device, withoutCard = false, bases, onProgress, signal } = options;
  const directory = path.resolve(given);
  if (fs.existsSync(directory) && fs.readdirSync(directory).length > 0) {
    throw new UserError(`Expected a new or empty folder for the bundle but '${given}' has files in it.`);
  }
  const specs = bases.map((base) => modelSpec(base));
  const { addon, build } = await ensureTensorFlow({ device, withoutCard, onProgress });
  if (build === 'package') {
    throw new UserError(
      "Expected a TensorFlow that finetune has set up but the one in use lies in the package @tensorflow/tfjs-node-gpu. Copy that package's folder instead.",
    );
  }
  const kept = [];
  for (const { name, buildBase } of specs) {
    const hooks = { onProgress: fetchProgress({ onProgress }), ...(signal && { signal }) };
    kept.push(await keepPublished(name, buildBase(), hooks));
  }
  const release = path.dirname(path.dirname(addon));
  const own = cachedTfjsPackage();
  const others = [...(fs.existsSync(own) ? [own] : []), ...kept.map(({ file }) => file)];
  const { files, bytes } = await writeBundle(directory, release, others, onProgress);
  return { directory, files, bytes, weights: kept.map(({ name }) => name) };
}
