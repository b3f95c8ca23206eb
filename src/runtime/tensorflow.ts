/**
 * Opens TensorFlow. Importing this module loads the native library (0.3 s), so the command line imports
 * whatever needs it lazily, after `ensureTensorFlow()` has put the library in place and after the
 * device has been chosen.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { productsSaturate } from './cpu.js';
import { UserError } from './errors.js';
import { tfjsPackageFolder } from './install/packages.js';
import { findInstallation, type Installation } from './installation.js';
import { lendingNothing } from './own-memory.js';

type TensorFlow = typeof import('@tensorflow/tfjs');

/** TF.js on the native TensorFlow backend. Types come from '@tensorflow/tfjs': `import type { Tensor } from …`. */
export const tf: TensorFlow = openTensorFlow();

function openTensorFlow(): TensorFlow {
  const installation = findInstallation();
  if (!installation) {
    throw new UserError(
      "Expected TensorFlow to be set up but it is not. Run 'npx finetune doctor --fix' once.",
    );
  }
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  // The thread that asks oneDNN for a result computes its part of it, where it would sleep and be woken for each layer.
  process.env['TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD'] ??= 'true';
  // With AVX2 alone TensorFlow leaves oneDNN out of itself, though it takes a fifth less time there, and has integers.
  if (productsSaturate()) process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  giveBackRemovedFunctions();
  return requireWithAddon(installation);
}

/** tfjs-node 4.22 calls functions that Node 22 warns of and Node 23 has no longer. */
function giveBackRemovedFunctions(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

/**
 * Requires tfjs-node-gpu so that it opens our addon. It asks the package node-pre-gyp where its addon is; that package
 * is answered for, so that nothing has to be written into node_modules, which may be read-only or shared.
 */
function requireWithAddon({ addon, build }: Installation): TensorFlow {
  const folder = tfjsPackageFolder();
  const require = createRequire(import.meta.url);
  const requireAsTfjs = createRequire(path.join(folder, 'package.json'));
  const locator = requireAsTfjs.resolve('@mapbox/node-pre-gyp');
  if (build === 'package') {
    const native = require(addon) as NativeBinding;
    require.cache[require.resolve(addon)]!.exports = lendingNothing(native);
  }
  const before = require.cache[locator];
  require.cache[locator] = { id: locator, exports: { find: () => addon }, loaded: true } as NodeJS.Module;
  try {
    return require(folder) as TensorFlow;
  } finally {
    if (before) require.cache[locator] = before;
    else delete require.cache[locator];
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
  /** Ours (native/shifts.cc), see data/copies/shifts.ts; not in the package's addon. */
  bestShifts?(pixels: Float32Array, ways: Float64Array): Float64Array;
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

/**
 * The values of the tensor that `make` comes to; every tensor made on the way is freed. `tf.tidy` must not return them
 * itself: it would look at each single value for tensors.
 */
export function tidyValues(make: () => Tensor): Float32Array {
  let values = new Float32Array();
  tf.tidy(() => {
    values = make().dataSync() as Float32Array<ArrayBuffer>;
  });
  return values;
}

tf.enableProdMode();
