import { breathe } from '../runtime/breathe.js';
import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { compileTogether } from '../graph/compile.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import { type Evaluation, minimise } from './l-bfgs.js';
import type { RegressionData } from './logistic-regression.js';
import { principalAxes } from './principal-axes.js';

/** When a fit ends. */
interface Ends {
  /** Largest component of the gradient, where coordinates have a curvature of about 1. */
  readonly tolerance: number;
  /** The share of the loss by which a step must lower it to be worth another. */
  readonly worthwhile: number;
}

/** By then log losses differ from the minimum's by less than a thousandth. */
const usual: Ends = { tolerance: 1e-4, worthwhile: 3e-6 };
/** About as far as float32 carries. */
const fine: Ends = { tolerance: 1e-5, worthwhile: 1e-7 };

/** Fits of one strength: for each of them a point, in coordinates of the regressions' own. */
export type FoldPoints = readonly Float64Array[];

/**
 * The regressions of cross-validation, see `LogisticRegression`: on the same examples, each counting others of them, all
 * solved at once. Every evaluation of loss and gradient reads the examples once for all of them, which is what takes time;
 * examples are held in the coordinates of their principal axes, which are no more than examples, and each coordinate is
 * scaled by the curvature that the loss has along it where the fits begin, so that they take few evaluations whatever the
 * strength. No random numbers: the same examples give the same bits. It holds native memory until
 * `dispose()`.
 */
export class FoldRegressions {
  readonly size: number;
  readonly classes: number;
  readonly count: number;
  readonly #features: number;
  readonly #axes: Float32Array | undefined;
  readonly #width: number;
  readonly #examples: Tensor2D;
  readonly #targets: Tensor3D;
  readonly #program;

  /** @param count of fits that are made at once. */
  constructor({ values, features, labels, classes }: RegressionData, count: number) {
    this.size = labels.length;
    this.classes = classes;
    this.count = count;
    this.#features = features;
    const own = principalAxes(values, features);
    this.#axes = own?.axes;
    const width = own?.rank ?? features;
    this.#width = width;
    const [examples, targets] = tf.tidy(() => [
      tf.variable(tf.tensor2d(own?.coordinates ?? values, [labels.length, width]), false),
      tf.variable(tf.expandDims(tf.oneHot(tf.tensor1d([...labels], 'int32'), classes).toFloat(), 1), false),
    ]) as unknown as [Tensor2D, Tensor3D];
    this.#examples = examples;
    this.#targets = targets;
    const logitsOf = (kernels: Tensor2D, biases: Tensor1D) =>
      tf.reshape(tf.add(tf.matMul(examples, kernels), biases), [labels.length, count, classes]);
    this.#program = compileTogether({
      // kernels [width, count · classes]: the fits side by side; shares [size, count]
      evaluate: (kernels: Tensor2D, biases: Tensor1D, shares: Tensor2D) => {
        const logits = logitsOf(kernels, biases);
        const shifted = tf.sub(logits, tf.max(logits, 2, true));
        const logProbabilities = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 2, true)));
        const weights = tf.expandDims(shares, 2);
        const losses = tf.neg(tf.sum(tf.mul(tf.mul(targets, logProbabilities), weights), [0, 2]));
        const errors = tf.reshape(tf.mul(tf.sub(tf.exp(logProbabilities), targets), weights), [
          labels.length,
          count * classes,
        ]) as Tensor2D;
        return { losses, kernels: tf.matMul(examples, errors, true), biases: tf.sum(errors, 0) };
      },
      probabilities: (kernels: Tensor2D, biases: Tensor1D) => tf.softmax(logitsOf(kernels, biases)),
      // the mean of the loss' second derivatives along each axis, over all fits and classes
      curvatures: (kernels: Tensor2D, biases: Tensor1D) => {
        const p = tf.softmax(logitsOf(kernels, biases));
        const each = tf.mean(tf.mul(p, tf.sub(1, p)), [1, 2]);
        const ofAxes = tf.matMul(tf.square(examples), tf.expandDims(each, 1), true);
        return tf.div(tf.concat([tf.squeeze(ofAxes, [1]), tf.reshape(tf.sum(each), [1])]), labels.length);
      },
    });
  }

  /** Numbers in the points of all fits together. */
  get parameters(): number {
    return this.count * (this.#width + 1) * this.classes;
  }

  /**
   * @param shares of each fit: what each example counts in its loss; they sum up to 1.
   * @param starts where to begin, such as the fits of a neighbouring strength; zeros unless given.
   * @param finely whether to go as near to the minimum as float32 carries: others are to begin from there.
   * @throws what `signal` was aborted with.
   */
  async fit(
    shares: readonly Float32Array[],
    strength: number,
    {
      starts,
      finely = false,
      signal,
    }: {
      readonly starts?: FoldPoints | undefined;
      readonly finely?: boolean;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<FoldPoints> {
    const { classes, count } = this;
    const width = this.#width;
    const size = (width + 1) * classes;
    const begin = starts ?? shares.map(() => new Float64Array(size));
    const scales = this.#scales(begin, strength);
    const shareTensor = tf.tensor2d(interleaved(shares), [this.size, count]);
    const evaluations = new Together<Float64Array, Evaluation>(count, async (points) => {
      await breathe(signal);
      return this.#evaluate(points, shareTensor, { scales, strength });
    });
    try {
      return await Promise.all(
        Array.from({ length: count }, async (_, fit) => {
          const from = begin[fit]!.map((value, i) => value / scales[Math.floor(i / classes)]!);
          try {
            const ask = (at: Float64Array) => evaluations.ask(fit, at);
            const { point } = await minimise(ask, from, finely ? fine : usual);
            return point.map((value, i) => value * scales[Math.floor(i / classes)]!);
          } finally {
            evaluations.leave(fit);
          }
        }),
      );
    } finally {
      shareTensor.dispose();
    }
  }

  /** One over the root of the curvature along each axis, and along the bias, where the fits begin. */
  #scales(starts: FoldPoints, strength: number): Float64Array {
    const { kernels, biases } = this.#sideBySide(starts);
    const curvatures = tidyValues(() =>
      this.#program.functions.curvatures(
        tf.tensor2d(kernels, [this.#width, this.count * this.classes]),
        tf.tensor1d(biases),
      ),
    );
    return Float64Array.from(
      curvatures,
      (value, axis) => 1 / Math.sqrt(value + (axis < this.#width ? strength : 0) + 1e-6),
    );
  }

  #evaluate(
    points: readonly Float64Array[],
    shares: Tensor2D,
    { scales, strength }: { readonly scales: Float64Array; readonly strength: number },
  ): Evaluation[] {
    const { classes, count } = this;
    const width = this.#width;
    const { kernels, biases } = this.#sideBySide(points, scales);
    const [losses, ofKernels, ofBiases] = tf.tidy(() => {
      const result = this.#program.functions.evaluate(
        tf.tensor2d(kernels, [width, count * classes]),
        tf.tensor1d(biases),
        shares,
      );
      return [result.losses as Tensor1D, result.kernels, result.biases as Tensor1D] as const;
    }) as unknown as readonly Tensor1D[];
    const [lossValues, kernelValues, biasValues] = [losses, ofKernels, ofBiases].map((one) =>
      one!.dataSync(),
    );
    tf.dispose([losses!, ofKernels!, ofBiases!]);
    return points.map((point, fit) => {
      const gradient = new Float64Array(point.length);
      let squares = 0;
      for (let axis = 0; axis < width; axis++) {
        const scale = scales[axis]!;
        for (let k = 0; k < classes; k++) {
          const value = point[axis * classes + k]! * scale;
          squares += value * value;
          gradient[axis * classes + k] =
            scale * (kernelValues![(axis * count + fit) * classes + k]! + strength * value);
        }
      }
      for (let k = 0; k < classes; k++)
        gradient[width * classes + k] = scales[width]! * biasValues![fit * classes + k]!;
      return { value: lossValues![fit]! + (strength / 2) * squares, gradient };
    });
  }

  /**
   * Of the first `examples`, a row each, as one of the fits sees it.
   *
   * @param fitFor an example, by place.
   */
  probabilities(points: FoldPoints, examples: number, fitFor: (example: number) => number): number[][] {
    const { classes, count } = this;
    const { kernels, biases } = this.#sideBySide(points);
    const values = tidyValues(() =>
      this.#program.functions.probabilities(
        tf.tensor2d(kernels, [this.#width, count * classes]),
        tf.tensor1d(biases),
      ),
    );
    return Array.from({ length: examples }, (_, example) => {
      const start = (example * count + fitFor(example)) * classes;
      return [...values.subarray(start, start + classes)];
    });
  }

  /** The mean of the fits' points, as a kernel [features, classes] and then a bias [classes] of the examples' features. */
  meanPoint(points: FoldPoints): Float64Array {
    const mean = points[0]!.map((_, i) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length);
    const axes = this.#axes;
    if (!axes) return mean;
    const { classes } = this;
    const [features, width] = [this.#features, this.#width];
    const kernel = tidyValues(() =>
      tf.matMul(
        tf.tensor2d(axes, [features, width]),
        tf.tensor2d(Float32Array.from(mean.subarray(0, width * classes)), [width, classes]),
      ),
    );
    const point = new Float64Array((features + 1) * classes);
    point.set(kernel);
    point.set(mean.subarray(width * classes), kernel.length);
    return point;
  }

  #sideBySide(
    points: readonly Float64Array[],
    scales?: Float64Array,
  ): { kernels: Float32Array; biases: Float32Array } {
    const { classes, count } = this;
    const width = this.#width;
    const all = new Float32Array((width + 1) * count * classes);
    for (const [fit, point] of points.entries()) {
      for (let axis = 0; axis <= width; axis++) {
        const scale = scales?.[axis] ?? 1;
        for (let k = 0; k < classes; k++)
          all[(axis * count + fit) * classes + k] = scale * point[axis * classes + k]!;
      }
    }
    const end = width * count * classes;
    return { kernels: all.subarray(0, end), biases: all.subarray(end) };
  }

  dispose(): void {
    this.#program.dispose();
    tf.dispose([this.#examples, this.#targets]);
  }
}

/**
 * Answers the questions of several that ask one after the other, all in one go: when each of those that have not left has
 * asked.
 */
class Together<Question, Answer> {
  readonly #answer: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly #asked: (Question | undefined)[];
  #waiting: { readonly place: number; resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  readonly #present: Set<number>;

  constructor(count: number, answer: (questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#answer = answer;
    this.#asked = new Array<Question | undefined>(count).fill(undefined);
    this.#present = new Set(this.#asked.keys());
  }

  ask(place: number, question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#asked[place] = question;
      this.#waiting.push({ place, resolve, reject });
      this.#answerIfAll();
    });
  }

  /** Its last question stays, so that those of the others keep their places. */
  leave(place: number): void {
    this.#present.delete(place);
    this.#answerIfAll();
  }

  #answerIfAll(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#present.size) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#answer(this.#asked as Question[]).then(
      (answers) => {
        for (const { place, resolve } of waiting) resolve(answers[place]!);
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}

/** [size, count] of `count` rows of `size`. */
function interleaved(rows: readonly Float32Array[]): Float32Array {
  const size = rows[0]!.length;
  const all = new Float32Array(size * rows.length);
  for (const [column, row] of rows.entries())
    for (let i = 0; i < size; i++) all[i * rows.length + column] = row[i]!;
  return all;
}
