import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { forward } from '../models/forward.js';
import type { Network } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';
import type { NamedTensor, Weights } from '../weights/tensors.js';
import type { Batch } from './examples.js';
import { correctCount, crossEntropy } from './loss.js';
import type { OptimiserName } from './optimiser-names.js';

export interface TrainerOptions {
  readonly optimiser: OptimiserName;
  /** Of SGD. */
  readonly momentum: number;
  readonly labelSmoothing: number;
  readonly batchSize: number;
}

/** All that a training run has learned so far; `restore` goes on from it exactly. */
export interface TrainingState {
  /** Updates made. */
  readonly steps: number;
  readonly weights: Weights;
  /** The optimiser's running averages, by `<weight>/<slot>`. */
  readonly slots: Weights;
}

export interface StepResult {
  readonly loss: number;
  /** How many of the batch were classified rightly, before the update. */
  readonly correct: number;
}

/** Kernels learn and decay; biases, gamma and beta learn; the statistics of batch normalisation stay. */
function isTrained(name: string): boolean {
  return !/\/(mean|variance)$/.test(name) && !name.startsWith('standardise/');
}

/**
 * A network being trained by gradient descent on softmax cross-entropy.
 *
 * Weight decay: for `adam` and `sgd` the gradient of λ/2 · ‖kernel‖² is added to the loss's (an L2 penalty); for
 * `adamw` kernels shrink by learning rate · λ apart from the gradient (Loshchilov & Hutter 2019). Biases do not decay.
 *
 * Adam: Kingma & Ba 2015 with β₁ 0.9, β₂ 0.999, ε 1e-7.
 */
export class Trainer {
  readonly network: Network;
  readonly options: TrainerOptions;
  readonly #variables = new Map<string, Variable>();
  readonly #slots = new Map<string, Variable>();
  readonly #trained: string[];
  #steps = 0;

  /** @param weights what to start from; copied. */
  constructor(network: Network, weights: Weights, options: TrainerOptions) {
    this.network = network;
    this.options = options;
    this.#trained = [...weights.keys()].filter(isTrained);
    for (const [name, tensor] of weights) this.#variables.set(name, variable(tensor, isTrained(name)));
    for (const name of this.#trained) {
      for (const slot of slotNames[options.optimiser]) {
        const { shape } = weights.get(name)!;
        this.#slots.set(`${name}/${slot}`, variable({ shape, data: zeros(shape) }, false));
      }
    }
  }

  /** How many numbers are learned. */
  get trainableParameters(): number {
    return this.#trained.reduce((sum, name) => sum + this.#variables.get(name)!.size, 0);
  }

  /** One update on one batch. `seed` decides what dropout drops. */
  step(
    batch: Batch,
    {
      learningRate,
      weightDecay,
      seed,
    }: { learningRate: number; weightDecay: number; seed: readonly [number, number] },
  ): StepResult {
    this.#steps++;
    const result = tf.tidy(() => {
      const { inputs, labels, weights } = this.#tensors(batch);
      let correct: Scalar | undefined;
      const trained = this.#trained.map((name) => this.#variables.get(name)!);
      const { value, grads } = tf.variableGrads(() => {
        const logits = forward(this.network, this.#variables, inputs, {
          dropout: (x, rate, layer) => tf.dropout(x, rate, undefined, seed[0] + seed[1] * (layer + 1)),
        }) as Tensor2D;
        correct = tf.keep(correctCount(logits, labels, weights));
        return crossEntropy(logits, labels, weights, this.options.labelSmoothing);
      }, trained);
      for (const name of this.#trained) {
        const gradient = grads[this.#variables.get(name)!.name]!;
        this.#update(name, gradient, learningRate, name.endsWith('/kernel') ? weightDecay : 0);
      }
      return { loss: value.dataSync()[0]!, correct: correct! };
    });
    const correct = result.correct.dataSync()[0]!;
    result.correct.dispose();
    return { loss: result.loss, correct };
  }

  /** The loss (without label smoothing) and the right answers on one batch; nothing is learned or dropped. */
  evaluate(batch: Batch): { loss: number; right: boolean[] } {
    return tf.tidy(() => {
      const { inputs, labels, weights } = this.#tensors(batch);
      const logits = forward(this.network, this.#variables, inputs) as Tensor2D;
      return {
        loss: crossEntropy(logits, labels, weights).dataSync()[0]!,
        right: Array.from(tf.equal(tf.argMax(logits, 1), labels).dataSync(), Boolean),
      };
    });
  }

  /** The probability of each class, for each place of the batch. */
  probabilities(batch: Batch): number[][] {
    return tf.tidy(() => {
      const { inputs } = this.#tensors(batch);
      return (tf.softmax(forward(this.network, this.#variables, inputs)) as Tensor2D).arraySync();
    });
  }

  weights(): Weights {
    return read(this.#variables);
  }

  state(): TrainingState {
    return { steps: this.#steps, weights: this.weights(), slots: read(this.#slots) };
  }

  restore({ steps, weights, slots }: TrainingState): void {
    this.#steps = steps;
    assign(this.#variables, weights);
    assign(this.#slots, slots);
  }

  /** Takes up other weights; the optimiser's averages stay. */
  load(weights: Weights): void {
    assign(this.#variables, weights);
  }

  dispose(): void {
    tf.dispose([...this.#variables.values(), ...this.#slots.values()]);
  }

  #tensors(batch: Batch): { inputs: Tensor; labels: Tensor1D; weights: Tensor1D } {
    const { shape } = this.network.layers[0]!;
    return {
      inputs: tf.tensor(batch.inputs, [this.options.batchSize, ...shape]),
      labels: tf.tensor1d(batch.labels, 'int32'),
      weights: tf.tensor1d(batch.weights),
    };
  }

  #update(name: string, gradient: Tensor, learningRate: number, weightDecay: number): void {
    const parameter = this.#variables.get(name)!;
    const { optimiser, momentum } = this.options;
    const slot = (which: string) => this.#slots.get(`${name}/${which}`)!;
    const coupled = optimiser === 'adamw' ? gradient : tf.add(gradient, tf.mul(parameter, weightDecay));
    if (optimiser === 'sgd') {
      const velocity = slot('velocity');
      velocity.assign(tf.add(tf.mul(velocity, momentum), coupled));
      parameter.assign(tf.sub(parameter, tf.mul(velocity, learningRate)));
      return;
    }
    const [first, second] = [slot('firstMoment'), slot('secondMoment')];
    first.assign(tf.add(tf.mul(first, beta1), tf.mul(coupled, 1 - beta1)));
    second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(coupled), 1 - beta2)));
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.#steps)) / (1 - beta1 ** this.#steps);
    const decayed = optimiser === 'adamw' ? tf.mul(parameter, 1 - learningRate * weightDecay) : parameter;
    parameter.assign(tf.sub(decayed, tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon))));
  }
}

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7;

const slotNames: Record<OptimiserName, readonly string[]> = {
  adam: ['firstMoment', 'secondMoment'],
  adamw: ['firstMoment', 'secondMoment'],
  sgd: ['velocity'],
};

function zeros(shape: readonly number[]): Float32Array {
  return new Float32Array(shape.reduce((a, b) => a * b, 1));
}

function variable({ shape, data }: NamedTensor, trainable: boolean): Variable {
  return tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data), [...shape]), trainable));
}

function read(variables: ReadonlyMap<string, Variable>): Weights {
  return new Map(
    [...variables].map(([name, v]) => [name, { shape: v.shape, data: Float32Array.from(v.dataSync()) }]),
  );
}

function assign(variables: ReadonlyMap<string, Variable>, values: Weights): void {
  for (const [name, v] of variables) {
    const value = values.get(name);
    if (!value) throw new Error(`the saved state has no '${name}'`);
    tf.tidy(() => v.assign(tf.tensor(Float32Array.from(value.data), v.shape)));
  }
}
