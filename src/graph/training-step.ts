import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { Optimiser } from './optimisers.js';

/** A batch's mean loss, and whatever else is worth returning from the forward pass. */
export type Loss = { loss: Scalar } & Record<string, Tensor>;

/**
 * One step of gradient descent as a function of tensors, to be compiled:
 *
 *     const optimiser = createOptimiser(new Map([['kernel', kernel]]), { kind: 'adam' });
 *     const step = trainingStep(optimiser, (x: Tensor2D, y: Tensor2D) => ({ loss: meanSquared(tf.matMul(x, kernel), y) }));
 *     const { functions, pull } = compileTogether({ step, predict });
 *     const { loss } = functions.step(tf.scalar(0.001), tf.scalar(0), x, y);
 *
 * It takes the learning rate, the weight decay, then the inputs of `loss`, updates the optimiser's variables, and
 * returns what `loss` returned, computed before the update.
 *
 * @param clipNorm what the length of all gradients together may be: longer ones are shortened to it (Pascanu, Mikolov &
 *   Bengio 2013, algorithm 1).
 */
export function trainingStep<A extends Tensor[]>(
  optimiser: Optimiser,
  loss: (...inputs: A) => Loss,
  { clipNorm }: { readonly clipNorm?: number | undefined } = {},
): (learningRate: Scalar, weightDecay: Scalar, ...inputs: A) => Loss {
  const variables = [...optimiser.variables.values()];
  return (learningRate, weightDecay, ...inputs) =>
    tf.tidy(() => {
      const kept: Record<string, Tensor> = {};
      try {
        const { grads } = tf.variableGrads(() => {
          const results = loss(...inputs);
          // variableGrads disposes of all that is made in it.
          for (const [name, tensor] of Object.entries(results)) kept[name] = tf.keep(tf.clone(tensor));
          return results.loss;
        }, variables);
        optimiser.apply(clipNorm === undefined ? grads : clipped(grads, clipNorm), learningRate, weightDecay);
        // Kept tensors belong to no scope: hand out copies that a caller's tf.tidy disposes of.
        const results = Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)]);
        return Object.fromEntries(results) as Loss;
      } finally {
        tf.dispose(kept);
      }
    });
}

function clipped(gradients: NamedTensorMap, most: number): NamedTensorMap {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  const length = tf.sqrt(tf.addN(squares));
  const factor = tf.minimum(1, tf.div(most, tf.maximum(length, 1e-12)));
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]),
  );
}
