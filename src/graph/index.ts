/**
 * TensorFlow graphs from TF.js functions and from networks, as `finetune/graph`. Importing it opens TensorFlow's
 * native library, which must be set up.
 */
export type {
  NamedTensorMap,
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  Tensor5D,
  TensorLike,
  Variable,
} from '@tensorflow/tfjs';
export type { WeightedNetwork } from '../models/compose.js';
export type { Network } from '../models/network.js';
export { tf } from '../runtime/tensorflow.js';
export type { NamedTensor, Weights } from '../formats/tensors.js';
export { type Calibration, calibrate, calibrationDigest } from '../features/calibrate.js';
export {
  type CompiledFunction,
  type CompileOptions,
  compile,
  compileTogether,
  type Program,
} from './compile.js';
export { exportSavedModel } from '../export/network-saved-model.js';
export { type Fidelity, fidelity } from '../features/fidelity.js';
export { compileInt8Prefix } from '../features/int8-prefix.js';
export { createOptimiser, type Optimiser, type OptimiserKind, type OptimiserOptions } from './optimisers.js';
export { choosePrecision, type Precision, type PrecisionChoice, precisions } from '../features/precision.js';
export { compilePrefix, type PixelBatch, type Prefix } from '../features/prefix.js';
export { dropout, statelessUniform } from './stateless-random.js';
export { type Loss, trainingStep } from './training-step.js';
export { softmaxCrossEntropy } from './softmax-cross-entropy.js';
export type { Tensors } from './structure.js';
export type { TensorFunction } from './trace.js';
