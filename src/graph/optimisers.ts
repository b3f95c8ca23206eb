/**
 * Gradient descent whose updates are one TensorFlow op for each variable when compiled (TF.js' Adam takes about ten),
 * and ordinary TF.js ops otherwise. Learning rate and weight decay are tensors, so that one trace serves every
 * schedule and every regularisation.
 */
import type { NamedTensorMap, Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { DataType } from './graph-def.js';
import { updateInPlace } from './trace.js';

export type OptimiserKind = 'sgd' | 'adam' | 'adamw';

export interface OptimiserOptions {
  readonly kind: OptimiserKind;
  /** Of `sgd`, in [0, 1); 0.9 unless told. */
  readonly momentum?: number;
  /** Of Adam: decay of the running mean of gradients; 0.9 unless told. */
  readonly beta1?: number;
  /** Of Adam: decay of the running mean of their squares; 0.999 unless told. */
  readonly beta2?: number;
  /** Of Adam: keeps the division finite; 1e-7 unless told. */
  readonly epsilon?: number;
  /** What the learning rate of a variable is multiplied by; 1 unless told. */
  readonly rateOf?: (name: string) => number;
}

export interface Optimiser {
  readonly variables: ReadonlyMap<string, Variable>;
  /** What a checkpoint must hold besides the variables, to go on exactly: running averages and the step count. */
  readonly slots: ReadonlyMap<string, Variable>;
  /**
   * One update.
   *
   * @param gradients by the tf.Variables' own names, as tf.variableGrads returns them.
   * @param learningRate float32 scalar.
   * @param weightDecay float32 scalar λ. Kernels (variables of two dimensions or more) are pulled towards 0: with
   *   `sgd` and `adam` by λ · kernel added to the gradient (an L2 penalty of λ/2 · ‖kernel‖²), with `adamw` by
   *   learning rate · λ · kernel apart from it (Loshchilov & Hutter 2019).
   */
  apply(gradients: NamedTensorMap, learningRate: Scalar, weightDecay: Scalar): void;
  /** Disposes of the slots; the variables are the caller's. */
  dispose(): void;
}

/**
 * An optimiser of `variables`.
 *
 * `sgd` with momentum: v ← momentum · v + g, w ← w − rate · v (Sutskever et al. 2013, as PyTorch writes it).
 * `adam`, `adamw`: Kingma & Ba 2015, algorithm 1 in the order of section 2, w ← w − rate_t · m / (√v + ε).
 *
 * @param variables by names of the caller's choice, which name the slots too (`<name>/<slot>`).
 */
export function createOptimiser(
  variables: ReadonlyMap<string, Variable>,
  options: OptimiserOptions,
): Optimiser {
  const { kind } = options;
  const slots = new Map<string, Variable>();
  for (const [name, variable] of variables) {
    for (const slot of kind === 'sgd' ? ['velocity'] : ['firstMoment', 'secondMoment']) {
      slots.set(`${name}/${slot}`, constant(0, variable.shape));
    }
  }
  const steps = constant(0, []);
  if (kind !== 'sgd') slots.set('steps', steps);
  const update = kind === 'sgd' ? momentumUpdate(options) : adamUpdate(options, steps);
  return {
    variables,
    slots,
    apply: (gradients, learningRate, weightDecay) =>
      tf.tidy(() => {
        const updateOne = update();
        for (const [name, variable] of variables) {
          const factor = options.rateOf?.(name) ?? 1;
          const rate = factor === 1 ? learningRate : tf.mul<Scalar>(learningRate, factor);
          const gradient = gradients[variable.name];
          if (!gradient) throw new Error(`no gradient for '${name}'`);
          const decays = variable.rank >= 2;
          if (decays && kind === 'adamw') decay(variable, tf.mul(rate, weightDecay));
          const slope =
            decays && kind !== 'adamw' ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
          updateOne(variable, (slot) => slots.get(`${name}/${slot}`)!, slope, rate);
        }
      }),
    dispose: () => tf.dispose([...slots.values()].concat(kind === 'sgd' ? steps : [])),
  };
}

/** Updates one variable with its gradient, at its own learning rate. */
type Update = (
  variable: Variable,
  slot: (name: string) => Variable,
  gradient: Tensor,
  learningRate: Scalar,
) => void;

const float32 = { type: DataType.float32 };

function momentumUpdate({ momentum = 0.9 }: OptimiserOptions) {
  return (): Update => {
    const factor = tf.scalar(momentum);
    return (variable, slot, gradient, learningRate) => {
      const velocity = slot('velocity');
      updateInPlace(
        'ResourceApplyMomentum',
        [variable, velocity],
        [learningRate, gradient, factor],
        { T: float32 },
        () => {
          const v = tf.add(tf.mul(velocity, momentum), gradient);
          return [tf.sub(variable, tf.mul(v, learningRate)), v];
        },
      );
    };
  };
}

function adamUpdate({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: OptimiserOptions, steps: Variable) {
  return (): Update => {
    steps.assign(tf.add(steps, 1));
    const powers = [tf.pow(beta1, steps), tf.pow(beta2, steps)] as const;
    const settings = [beta1, beta2, epsilon].map((value) => tf.scalar(value));
    const correction = tf.div(tf.sqrt(tf.sub(1, powers[1])), tf.sub(1, powers[0]));
    return (variable, slot, gradient, learningRate) => {
      const [first, second] = [slot('firstMoment'), slot('secondMoment')];
      updateInPlace(
        'ResourceApplyAdam',
        [variable, first, second],
        [...powers, learningRate, ...settings, gradient],
        { T: float32 },
        () => {
          const m = tf.add(first, tf.mul(tf.sub(gradient, first), 1 - beta1));
          const v = tf.add(second, tf.mul(tf.sub(tf.square(gradient), second), 1 - beta2));
          const rate = tf.mul(learningRate, correction);
          return [tf.sub(variable, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon))), m, v];
        },
      );
    };
  };
}

/** variable ← variable − share · variable. */
function decay(variable: Variable, share: Tensor): void {
  updateInPlace('ResourceApplyGradientDescent', [variable], [share, variable], { T: float32 }, () => [
    tf.sub(variable, tf.mul(variable, share)),
  ]);
}

function constant(value: number, shape: number[]): Variable {
  return tf.tidy(() => tf.variable(tf.fill(shape, value), false));
}
