/**
 * Opens TensorFlow. Importing this module loads the native library (0.3 s), so the command line imports
 * whatever needs it lazily, after `ensureTensorFlow()` has put the library in place and after the
 * device has been chosen.
 */
import { createRequire } from 'node:module';
import util from 'node:util';

const require = createRequire(import.meta.url);

process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';

// Node 23 removed functions that tfjs-node 4.22 calls; give them back before it is required.
const legacy = util as unknown as Record<string, unknown>;
legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
legacy['isArray'] ??= Array.isArray;

type TensorFlow = typeof import('@tensorflow/tfjs');

/** TF.js on the native TensorFlow backend. Types come from '@tensorflow/tfjs': `import type { Tensor } from …`. */
export const tf: TensorFlow = require('@tensorflow/tfjs-node-gpu') as TensorFlow;

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
