import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { executeOp } from './backend.js';
import { DataType } from './graph-def.js';

/**
 * Softmax cross-entropy of each example, as one TensorFlow op that computes the gradient on the way; TF.js composes
 * the two of some twenty. Differentiable once, by the logits.
 *
 * @param logits float32 [batch, classes].
 * @param target the classes, int32 [batch], or a distribution over them, float32 [batch, classes].
 * @returns float32 [batch], in nats.
 */
export function softmaxCrossEntropy(logits: Tensor2D, target: Tensor1D | Tensor2D): Tensor1D {
  const sparse = target.rank === 1;
  const losses = tf.customGrad((x, save) => {
    const [loss, gradient] = executeOp(
      sparse ? 'SparseSoftmaxCrossEntropyWithLogits' : 'SoftmaxCrossEntropyWithLogits',
      [x as Tensor, target],
      { T: { type: DataType.float32 }, ...(sparse && { Tlabels: { type: DataType.int32 } }) },
      2,
    );
    (save as (tensors: Tensor[]) => void)([gradient!]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0]!, tf.expandDims(dy, 1));
    return { value: loss!, gradFunc };
  });
  return losses(logits) as Tensor1D;
}
