/**
 * TensorFlow graphs from TF.js functions, as `finetune/graph`. Importing it opens TensorFlow's
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
export { tf } from '../runtime/tensorflow.js';
export {
  type CompiledFunction,
  type CompileOptions,
  compile,
  compileTogether,
  type Program,
} from './compile.js';
export { createOptimiser, type Optimiser, type OptimiserKind, type OptimiserOptions } from './optimisers.js';
export { dropout, statelessUniform } from './stateless-random.js';
export { type Loss, trainingStep } from './training-step.js';
export { softmaxCrossEntropy } from './softmax-cross-entropy.js';
export type { Tensors } from './structure.js';
export type { TensorFunction } from './trace.js';
