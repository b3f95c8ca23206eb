import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { compileTogether, type Program } from '../graph/compile.js';
import { createOptimiser, type Optimiser } from '../graph/optimisers.js';
import { dropout } from '../graph/stateless-random.js';
import { trainingStep } from '../graph/training-step.js';
import { foldSquashing, multiplied } from '../models/fold-squashing.js';
import { forward } from '../models/forward.js';
import type { Network } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { Batch } from '../features/examples.js';
import { crossEntropies, crossEntropy, rightAnswers } from './loss.js';
import type { OptimiserName } from './optimiser-names.js';
import { standardiseLayer } from './head-names.js';

export interface TrainerOptions {
  readonly optimiser: OptimiserName;
  /** Of SGD. */
  readonly momentum: number;
  readonly labelSmoothing: number;
  readonly batchSize: number;
}

/** All that a training run has learned so far; `restore` goes on from it exactly. */
export interface TrainingState {
  readonly weights: Weights;
  /** The optimiser's running averages, by `<weight>/<slot>`, and Adam's count of steps. */
  readonly slots: Weights;
}

export interface StepResult {
  readonly loss: number;
  /** How many of the batch were classified rightly, before the update. */
  readonly correct: number;
}

/** The functions of tensors that are compiled; they share the network's variables. */
type Functions = {
  /** Several steps, one after the other; everything but the first two has one row for each step. */
  steps: (
    learningRate: Scalar,
    weightDecay: Scalar,
    inputs: Tensor,
    labels: Tensor2D,
    weights: Tensor2D,
    seeds: Tensor2D,
  ) => { losses: Tensor1D; right: Tensor2D };
  evaluate: (inputs: Tensor, labels: Tensor1D) => { losses: Tensor1D; right: Tensor1D };
  probabilities: (inputs: Tensor) => Tensor2D;
};

/** Kernels, biases, gamma and beta learn; the statistics of batch normalisation and a head's standardising stay. */
function isTrained(name: string): boolean {
  return !/\/(mean|variance)$/.test(name) && !name.startsWith(`${standardiseLayer}/`);
}

/**
 * A network being trained by gradient descent on softmax cross-entropy. A step (forward pass, gradients, update) is
 * one compiled graph, and the weights stay in its session, on the device, until they are asked for. How the
 * optimisers work and what weight decay means: `createOptimiser`.
 */
export class Trainer {
  readonly network: Network;
  readonly options: TrainerOptions;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #optimiser: Optimiser;
  readonly #program: Program<Functions>;

  /** @param weights what to start from; copied. */
  constructor(network: Network, weights: Weights, options: TrainerOptions) {
    this.network = network;
    this.options = options;
    this.#variables = new Map(
      [...weights].map(([name, tensor]) => [name, variable(tensor, isTrained(name))] as const),
    );
    const trained = new Map([...this.#variables].filter(([name]) => isTrained(name)));
    this.#optimiser = createOptimiser(trained, { kind: options.optimiser, momentum: options.momentum });
    this.#program = compileTogether<Functions>(this.#functions());
  }

  /** How many numbers are learned. */
  get trainableParameters(): number {
    return [...this.#optimiser.variables.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * How many steps `steps` is best given at a time. Running a graph costs a third of a millisecond whatever it
   * computes, more than a step of a small dense network takes; for convolutions it does not count, and a graph of
   * several steps takes TensorFlow longer to prepare.
   */
  get stepsAtOnce(): number {
    return this.network.layers.some((layer) => layer.type === 'convolution') ? 1 : 8;
  }

  /** One update on each batch, in order. Seeds decide what dropout drops. */
  steps(
    batches: readonly Batch[],
    settings: { learningRate: number; weightDecay: number; seeds: readonly (readonly [number, number])[] },
  ): StepResult[] {
    const count = batches.length;
    const size = this.options.batchSize;
    return tf.tidy(() => {
      const { losses, right } = this.#program.functions.steps(
        tf.scalar(settings.learningRate),
        tf.scalar(settings.weightDecay),
        tf.tensor(joined(batches.map((batch) => batch.inputs)), [count, size, ...this.#inputShape]),
        tf.tensor2d(Int32Array.from(batches.flatMap((batch) => [...batch.labels])), [count, size], 'int32'),
        tf.tensor2d(joined(batches.map(shares)), [count, size]),
        tf.tensor2d(Int32Array.from(settings.seeds.flat()), [count, 2], 'int32'),
      );
      const [allLosses, allRight] = [losses.dataSync(), right.dataSync()];
      return batches.map((batch, i) => {
        const own = allRight.subarray(i * size, i * size + batch.count);
        return { loss: allLosses[i]!, correct: own.filter(Boolean).length };
      });
    });
  }

  /** Each example's loss (without label smoothing) and whether it is right; nothing is learned or dropped. */
  evaluate(batch: Batch): { losses: number[]; right: boolean[] } {
    return tf.tidy(() => {
      const labels = tf.tensor1d(batch.labels, 'int32');
      const { losses, right } = this.#program.functions.evaluate(this.#inputs(batch), labels);
      return {
        losses: Array.from(losses.dataSync().subarray(0, batch.count)),
        right: Array.from(right.dataSync().subarray(0, batch.count), Boolean),
      };
    });
  }

  /** The probability of each class, for each example of the batch. */
  probabilities(batch: Batch): number[][] {
    return tf.tidy(() =>
      this.#program.functions.probabilities(this.#inputs(batch)).arraySync().slice(0, batch.count),
    );
  }

  weights(): Weights {
    this.#program.pull();
    return read(this.#variables);
  }

  state(): TrainingState {
    return { weights: this.weights(), slots: read(this.#optimiser.slots) };
  }

  restore({ weights, slots }: TrainingState): void {
    this.#program.pull();
    assign(this.#variables, weights);
    assign(this.#optimiser.slots, slots);
    this.#program.push();
  }

  /** Takes up other weights and begins anew: the optimiser forgets its averages. */
  reset(weights: Weights): void {
    const slots = [...this.#optimiser.slots].map(([name, { shape, size }]) => {
      return [name, { shape, data: new Float32Array(size) }] as const;
    });
    this.restore({ weights, slots: new Map(slots) });
  }

  dispose(): void {
    this.#program.dispose();
    this.#optimiser.dispose();
    tf.dispose([...this.#variables.values()]);
  }

  #functions(): Functions {
    const { labelSmoothing } = this.options;
    const { network, factors } = foldSquashing(this.network);
    const logitsOf = (inputs: Tensor, seed?: Tensor1D) => {
      const drop = (x: Tensor, rate: number, layer: number) =>
        dropout(x, rate, tf.add(seed!, tf.tensor1d([0, layer], 'int32')));
      const parameters = multiplied(this.#variables, factors);
      return forward(network, parameters, inputs, seed ? { dropout: drop } : {}) as Tensor2D;
    };
    const step = trainingStep(
      this.#optimiser,
      (inputs: Tensor, labels: Tensor1D, weights: Tensor1D, seed: Tensor1D) => {
        const logits = logitsOf(inputs, seed);
        return {
          loss: crossEntropy(logits, labels, weights, labelSmoothing),
          right: rightAnswers(logits, labels),
        };
      },
    );
    return {
      steps: (learningRate, weightDecay, inputs, labels, weights, seeds) => {
        const [x, y, w, s] = [inputs, labels, weights, seeds].map((all) => tf.unstack(all));
        const results = x!.map((batch, i) =>
          step(learningRate, weightDecay, batch, y![i] as Tensor1D, w![i] as Tensor1D, s![i] as Tensor1D),
        );
        return {
          losses: tf.stack(results.map(({ loss }) => loss)) as Tensor1D,
          right: tf.stack(results.map(({ right }) => right!)) as Tensor2D,
        };
      },
      evaluate: (inputs, labels) => {
        const logits = logitsOf(inputs);
        return { losses: crossEntropies(logits, labels), right: rightAnswers(logits, labels) };
      },
      probabilities: (inputs) => tf.softmax(logitsOf(inputs)),
    };
  }

  #inputs(batch: Batch): Tensor {
    return tf.tensor(batch.inputs, [this.options.batchSize, ...this.#inputShape]);
  }

  get #inputShape(): readonly number[] {
    return this.network.layers[0]!.shape;
  }
}

/** What each example of a batch counts in the mean loss. */
function shares({ weights }: Batch): Float32Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
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
