/**
 * Opens TensorFlow. Importing this module loads the native library (0.3 s), so whatever needs it is imported lazily,
 * after `ensureTensorFlow()` has put the library in place and `chooseDevice()` has settled the device.
 */
import fs from 'node:fs';
import { createRequire, Module } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { UserError } from './errors.js';
import { wantedVariant } from './gpu.js';
import { installedAddon, tfjsPackage } from './install/paths.js';

const require = createRequire(import.meta.url);

process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';

// Node 23 removed functions that tfjs-node 4.22 calls; give them back before it is required.
const legacy = util as unknown as Record<string, unknown>;
legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
legacy['isArray'] ??= Array.isArray;

type TensorFlow = typeof import('@tensorflow/tfjs');

/** TF.js on the native TensorFlow backend. Types come from '@tensorflow/tfjs': `import type { Tensor } from …`. */
export const tf: TensorFlow = openPackage();

/**
 * tfjs-node asks node-pre-gyp where its addon lies. Ours lies in the shared cache, so that a package folder that
 * cannot be written works too: answer in its place.
 */
function openPackage(): TensorFlow {
  const addon = installedAddon(wantedVariant());
  if (!addon)
    throw new UserError("TensorFlow is not set up yet. Run 'npx finetune doctor --fix' to set it up.");
  const quiet = path.join(path.dirname(addon), 'quiet.node');
  if (fs.existsSync(quiet)) require(quiet);
  const fromPackage = createRequire(`${tfjsPackage()}/package.json`);
  const id = fromPackage.resolve('@mapbox/node-pre-gyp');
  fromPackage.cache[id] = Object.assign(new Module(id), { loaded: true, exports: { find: () => addon } });
  return withoutDeprecationWarnings(() => require('@tensorflow/tfjs-node-gpu') as TensorFlow);
}

/** tfjs-node's dependencies use parts of Node that newer versions warn about; our users cannot mend that. */
function withoutDeprecationWarnings<T>(work: () => T): T {
  const before = process.noDeprecation ?? false;
  process.noDeprecation = true;
  try {
    return work();
  } finally {
    process.noDeprecation = before;
  }
}

/** What one executed TensorFlow op returns: a native tensor's id, its shape and TensorFlow's number for its type. */
export interface NativeTensor {
  id: number;
  shape: number[];
  dtype: number;
}

/** The native addon under tfjs-node's backend, as far as we call it (tfjs_binding.cc). */
export interface NativeBinding {
  createTensor(shape: number[], dtype: number, values: ArrayBufferView | ArrayLike<number> | number): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: unknown[], inputIds: number[], outputs: number): NativeTensor[];
  loadSavedModel(directory: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputIds: number[], inputs: string, outputs: string): NativeTensor[];
  isUsingGpuDevice(): boolean;
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  readonly TF_Version: string;
  readonly [constant: string]: unknown;
}

interface NodeBackend {
  binding: NativeBinding;
  isUsingGpuDevice: boolean;
}

/** The native addon in use. */
export function nativeBinding(): NativeBinding {
  return (tf.backend() as unknown as NodeBackend).binding;
}

/** Whether TensorFlow sees and uses a GPU. */
export function usesGpu(): boolean {
  return (tf.backend() as unknown as NodeBackend).isUsingGpuDevice;
}

tf.enableProdMode();
