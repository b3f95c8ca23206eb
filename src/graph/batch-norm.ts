import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { executeOp } from './backend.js';
import { DataType } from './graph-def.js';

/**
 * Batch normalisation as a network that is being trained has it: each channel to mean 0 and variance 1 over the batch
 * and the map, times gamma, plus beta (Ioffe & Szegedy 2015, algorithm 1). One TensorFlow op forwards and one back;
 * TF.js normalises with given statistics only. Differentiable once, by all three.
 *
 * @param x float32 [batch, height, width, channels].
 * @param gamma, beta float32 [channels].
 * @param epsilon added to the variance.
 */
export function normaliseBatch(x: Tensor4D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor4D {
  const attributes = {
    T: { type: DataType.float32 },
    U: { type: DataType.float32 },
    epsilon: { float: epsilon },
    is_training: { bool: true },
  };
  const normalise = tf.customGrad((...inputs) => {
    const [map, scale, offset, save] = inputs as unknown as [Tensor, Tensor, Tensor, (t: Tensor[]) => void];
    // Population statistics are an input that training does not read.
    const none = tf.tensor1d([]);
    const [value, , , ...reserved] = executeOp(
      'FusedBatchNormV3',
      [map, scale, offset, none, none],
      attributes,
      6,
    );
    save([map, scale, ...reserved]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      executeOp('FusedBatchNormGradV3', [dy, ...saved], attributes, 5).slice(0, 3);
    return { value: value!, gradFunc };
  });
  return normalise(x, gamma, beta) as Tensor4D;
}
