import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

/** Weights as TensorFlow tensors of the same names, which the caller disposes of. */
export function toParameters(weights: Weights): Map<string, Tensor> {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], 'float32')]),
  );
}

/** The values of tensors or variables, read back; the tensors stay as they are. */
export async function fromParameters(
  parameters: ReadonlyMap<string, Tensor>,
): Promise<Map<string, NamedTensor>> {
  const weights = new Map<string, NamedTensor>();
  for (const [name, tensor] of parameters) {
    weights.set(name, { shape: [...tensor.shape], data: (await tensor.data<'float32'>()) as Float32Array });
  }
  return weights;
}
