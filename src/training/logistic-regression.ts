import { breathe } from '../runtime/breathe.js';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { compileTogether } from '../graph/compile.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import { type Evaluation, minimise } from './l-bfgs.js';

/** The examples of a regression, in memory. */
export interface RegressionData {
  /** [size, features], one example after the other. */
  readonly values: Float32Array;
  readonly features: number;
  /** The class of each example. */
  readonly labels: readonly number[];
  readonly classes: number;
}

export interface RegressionFit {
  /** Kernel [features, classes] and then bias [classes]. */
  readonly point: Float64Array;
  readonly evaluations: number;
  readonly converged: boolean;
}

/** Largest component of the gradient at the end, where features have a variance of about 1: float32 carries no further. */
const tolerance = 1e-5;
/** The loss in float32 is no finer. */
const worthwhile = 1e-7;

/**
 * Multinomial logistic regression with a squared penalty on the kernel, solved to its one minimum:
 * Σ shareᵢ · −log softmax(xᵢ·W + b)[yᵢ] + strength/2 · ‖W‖². The examples lie in a TensorFlow session; a fit sends
 * weights in and takes loss and gradient out, so many fits on parts of the same examples cost little. No random
 * numbers: the same examples give the same bits. It holds native memory until `dispose()`.
 */
export class LogisticRegression {
  readonly size: number;
  readonly features: number;
  readonly classes: number;
  readonly #program;
  readonly #examples: Tensor2D;
  readonly #targets: Tensor2D;

  constructor({ values, features, labels, classes }: RegressionData) {
    this.size = labels.length;
    this.features = features;
    this.classes = classes;
    const [examples, targets] = tf.tidy(() => [
      tf.variable(tf.tensor2d(values, [labels.length, features]), false),
      tf.variable(tf.oneHot(tf.tensor1d([...labels], 'int32'), classes).toFloat(), false),
    ]) as unknown as [Tensor2D, Tensor2D];
    this.#examples = examples;
    this.#targets = targets;
    this.#program = compileTogether({
      evaluate: (kernel: Tensor2D, bias: Tensor1D, shares: Tensor1D) => {
        const logits = tf.add(tf.matMul(examples, kernel), bias);
        const shifted = tf.sub(logits, tf.max(logits, 1, true));
        const logSums = tf.log(tf.sum(tf.exp(shifted), 1, true));
        const logProbabilities = tf.sub(shifted, logSums);
        const weights = tf.expandDims(shares, 1);
        const loss = tf.neg(tf.sum(tf.mul(tf.mul(targets, logProbabilities), weights))) as Scalar;
        const errors = tf.mul(tf.sub(tf.exp(logProbabilities), targets), weights) as Tensor2D;
        return { loss, kernel: tf.matMul(examples, errors, true), bias: tf.sum(errors, 0) };
      },
      probabilities: (x: Tensor2D, kernel: Tensor2D, bias: Tensor1D) =>
        tf.softmax(tf.add(tf.matMul(x, kernel), bias)),
    });
  }

  /**
   * Fits to some of the examples.
   *
   * @param shares what each example counts in the loss, 0 for those left out; they sum up to 1.
   * @param start where to begin, such as the fit of a neighbouring strength; zeros unless given.
   * @throws what `signal` was aborted with.
   */
  async fit(
    shares: Float32Array,
    strength: number,
    { start, signal }: { readonly start?: Float64Array; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<RegressionFit> {
    const kernelSize = this.features * this.classes;
    const evaluate = async (point: Float64Array): Promise<Evaluation> => {
      await breathe(signal);
      const { loss, gradient } = this.#lossAndGradient(point, shares);
      let squares = 0;
      for (let i = 0; i < kernelSize; i++) {
        squares += point[i]! ** 2;
        gradient[i]! += strength * point[i]!;
      }
      return { value: loss + (strength / 2) * squares, gradient };
    };
    const begin = start ?? new Float64Array(kernelSize + this.classes);
    const { point, evaluations, converged } = await minimise(evaluate, begin, { tolerance, worthwhile });
    return { point, evaluations, converged };
  }

  #lossAndGradient(point: Float64Array, shares: Float32Array): { loss: number; gradient: Float64Array } {
    const gradient = new Float64Array(point.length);
    const loss = tf.tidy(() => {
      const result = this.#program.functions.evaluate(...this.#weights(point), tf.tensor1d(shares));
      gradient.set(result.kernel.dataSync());
      gradient.set(result.bias.dataSync(), this.features * this.classes);
      return result.loss.dataSync()[0]!;
    });
    return { loss, gradient };
  }

  /** Of examples, [any number, features]: a row of probabilities each. */
  probabilities(point: Float64Array, values: Float32Array): number[][] {
    return rowsOf(
      tidyValues(() => {
        const x = tf.tensor2d(values, [values.length / this.features, this.features]);
        return this.#program.functions.probabilities(x, ...this.#weights(point));
      }),
      this.classes,
    );
  }

  #weights(point: Float64Array): [kernel: Tensor2D, bias: Tensor1D] {
    const end = this.features * this.classes;
    const kernel = tf.tensor2d(Float32Array.from(point.subarray(0, end)), [this.features, this.classes]);
    return [kernel, tf.tensor1d(Float32Array.from(point.subarray(end)))];
  }

  dispose(): void {
    this.#program.dispose();
    tf.dispose([this.#examples, this.#targets]);
  }
}

function rowsOf(values: Float32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, i) => [
    ...values.subarray(i * width, (i + 1) * width),
  ]);
}
