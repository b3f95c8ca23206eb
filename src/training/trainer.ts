import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { compileTogether, type Program } from '../graph/compile.js';
import { createOptimiser, type Optimiser } from '../graph/optimisers.js';
import { normaliseBatch } from '../graph/batch-norm.js';
import { dropout } from '../graph/stateless-random.js';
import { trainingStep } from '../graph/training-step.js';
import { foldSquashing, multiplied } from '../models/fold-squashing.js';
import { forward, type ForwardOptions, type Parameters } from '../models/forward.js';
import type { Network } from '../models/network.js';
import { joined } from '../runtime/joined.js';
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
  /** Layers whose weights stay as they are. */
  readonly kept?: ReadonlySet<string>;
  /**
   * Batch norms normalise by each batch's own statistics and keep a running average of them, by which `evaluate` and
   * `probabilities` go (Ioffe & Szegedy 2015): for networks that begin with random weights. Otherwise the stored
   * statistics are used and stay, as Keras' guide to fine-tuning advises.
   */
  readonly batchStatistics?: boolean;
  /** See `trainingStep`. */
  readonly clipNorm?: number | undefined;
  /** What the learning rate of a weight is multiplied by; 1 unless told. */
  readonly rateOf?: (weight: string) => number;
  /**
   * The decay a step of a running average of the weights, in (0, 1), by which everything but the steps themselves goes:
   * `evaluate`, `probabilities`, `weights` (Polyak & Juditsky 1992, with exponential forgetting).
   */
  readonly averaging?: number | undefined;
  /** Batches may come with a second label an example: see `Batch`. */
  readonly mixes?: boolean;
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
  /** Several steps, one after the other; everything but the first two has one row for each step; of the last two none unless labels are mixed. */
  steps: (
    learningRate: Scalar,
    weightDecay: Scalar,
    inputs: Tensor,
    labels: Tensor2D,
    weights: Tensor2D,
    seeds: Tensor2D,
    otherLabels: Tensor2D,
    otherWeights: Tensor2D,
  ) => { losses: Tensor1D; right: Tensor2D };
  evaluate: (inputs: Tensor, labels: Tensor1D) => { losses: Tensor1D; right: Tensor1D };
  probabilities: (inputs: Tensor) => Tensor2D;
  moments: (inputs: Tensor) => Record<string, Tensor>;
};

/** Kernels, biases, gamma and beta learn; the statistics of batch normalisation and a head's standardising do not. */
function isTrained(name: string, kept: ReadonlySet<string> | undefined): boolean {
  const layer = name.slice(0, name.lastIndexOf('/'));
  return !/\/(mean|variance)$/.test(name) && layer !== standardiseLayer && kept?.has(layer) !== true;
}

/** What of the running statistics a step keeps at most: the first steps weigh all batches so far alike. */
const statisticsMomentum = 0.9;

/** Among the slots: how many steps the running statistics are made of. */
const statisticsSteps = 'statistics/steps';

/**
 * A network being trained by gradient descent on softmax cross-entropy. A step (forward pass, gradients, update) is
 * one compiled graph, and the weights stay in its session, on the device, until they are asked for. How the
 * optimisers work and what weight decay means: `createOptimiser`.
 */
export class Trainer {
  readonly network: Network;
  readonly options: TrainerOptions;
  readonly #variables: ReadonlyMap<string, Variable>;
  /** Running averages of the trained weights, by their names; none unless asked for. */
  readonly #averages: ReadonlyMap<string, Variable>;
  /** How many batches the running statistics are made of; where they are learned. */
  readonly #seen: Variable | undefined;
  readonly #optimiser: Optimiser;
  readonly #program: Program<Functions>;

  /** @param weights what to start from; copied. */
  constructor(network: Network, weights: Weights, options: TrainerOptions) {
    this.network = network;
    this.options = options;
    this.#variables = new Map(
      [...weights].map(([name, tensor]) => [name, variable(tensor, isTrained(name, options.kept))] as const),
    );
    const trained = new Map([...this.#variables].filter(([name]) => isTrained(name, options.kept)));
    const averaged = options.averaging === undefined ? [] : [...trained.keys()];
    this.#averages = new Map(averaged.map((name) => [name, variable(weights.get(name)!, false)] as const));
    this.#seen = options.batchStatistics
      ? variable({ shape: [], data: new Float32Array(1) }, false)
      : undefined;
    const { momentum, rateOf } = options;
    this.#optimiser = createOptimiser(trained, {
      kind: options.optimiser,
      momentum,
      ...(rateOf && { rateOf }),
    });
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
        tf.tensor2d(joined(batches.map((batch) => shares(batch).own)), [count, size]),
        tf.tensor2d(Int32Array.from(settings.seeds.flat()), [count, 2], 'int32'),
        this.#mixed(
          batches.flatMap(({ mixed }) => [...(mixed?.labels ?? [])]),
          count,
          'int32',
        ),
        this.#mixed(
          batches.flatMap((batch) => [...(shares(batch).other ?? [])]),
          count,
          'float32',
        ),
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

  /**
   * Whether the running statistics are of other weights than those that are kept: of the ones that steps change, where their
   * averages are kept. `settled` mends that.
   */
  get mixesStatistics(): boolean {
    const isLearned = this.options.batchStatistics === true && this.#averages.size > 0;
    return isLearned && this.network.layers.some(({ type }) => type === 'batchNorm');
  }

  /** A batch's own mean and variance at each batch norm, by the weights that are kept: `<layer>/mean`, `<layer>/variance`. */
  moments(batch: Batch): Map<string, Float32Array> {
    const moments = tf.tidy(() => {
      const tensors = Object.entries(this.#program.functions.moments(this.#inputs(batch)));
      return Object.fromEntries(tensors.map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]));
    });
    return new Map(Object.entries(moments));
  }

  /** What has been learned; with `averaging` the averages. */
  weights(): Weights {
    this.#program.pull();
    return new Map([...read(this.#variables), ...read(this.#averages)]);
  }

  state(): TrainingState {
    this.#program.pull();
    return { weights: read(this.#variables), slots: read(this.#slots) };
  }

  restore({ weights, slots }: TrainingState): void {
    this.#program.pull();
    assign(this.#variables, weights);
    assign(this.#slots, slots);
    this.#program.push();
  }

  /** The optimiser's, and the averages. */
  get #slots(): ReadonlyMap<string, Variable> {
    const averages = [...this.#averages].map(([name, average]) => [`${name}/average`, average] as const);
    const seen = this.#seen ? [[statisticsSteps, this.#seen] as const] : [];
    return new Map([...this.#optimiser.slots, ...averages, ...seen]);
  }

  /** Takes up other weights and begins anew: the optimiser forgets its averages. */
  reset(weights: Weights): void {
    const slots = [...this.#slots].map(([name, { shape, size }]) => {
      return [name, { shape, data: new Float32Array(size) }] as const;
    });
    const averages = [...this.#averages.keys()].map(
      (name) => [`${name}/average`, weights.get(name)!] as const,
    );
    this.restore({ weights, slots: new Map([...slots, ...averages]) });
  }

  dispose(): void {
    this.#program.dispose();
    this.#optimiser.dispose();
    tf.dispose([
      ...this.#variables.values(),
      ...this.#averages.values(),
      ...(this.#seen ? [this.#seen] : []),
    ]);
  }

  #functions(): Functions {
    const { labelSmoothing, batchStatistics, clipNorm, mixes } = this.options;
    const { network, factors } = foldSquashing(this.network);
    const learning = () => multiplied(this.#variables, factors);
    const answering = () => multiplied(new Map([...this.#variables, ...this.#averages]), factors);
    const withMoments = (parameters: Parameters, inputs: Tensor, options: ForwardOptions) => {
      const kept: Record<string, Tensor> = {};
      const normalising: NonNullable<ForwardOptions['normaliseBatch']> = (x, gamma, beta, epsilon, layer) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        // `forward` hands out its last layer alone
        kept[`${layer}/mean`] = tf.keep(mean);
        kept[`${layer}/variance`] = tf.keep(variance);
        return normaliseBatch(x, gamma, beta, epsilon);
      };
      try {
        const logits = forward(network, parameters, inputs, {
          ...options,
          ...(batchStatistics && { normaliseBatch: normalising }),
        }) as Tensor2D;
        const moments = Object.entries(kept).map(([name, tensor]) => [name, tf.clone(tensor)] as const);
        return { logits, moments: Object.fromEntries(moments) };
      } finally {
        tf.dispose(kept);
      }
    };
    const training = (inputs: Tensor, seed: Tensor1D) => {
      const dropping = (x: Tensor, rate: number, layer: number) =>
        dropout(x, rate, tf.add(seed, tf.tensor1d([0, layer], 'int32')));
      return withMoments(learning(), inputs, { dropout: dropping });
    };
    const step = trainingStep(
      this.#optimiser,
      (
        inputs: Tensor,
        labels: Tensor1D,
        weights: Tensor1D,
        seed: Tensor1D,
        ...[otherLabels, otherWeights]: Tensor1D[]
      ) => {
        const { logits, moments } = training(inputs, seed);
        const own = crossEntropy(logits, labels, weights, labelSmoothing);
        const other =
          otherLabels && otherWeights && crossEntropy(logits, otherLabels, otherWeights, labelSmoothing);
        return {
          ...moments,
          loss: other ? tf.add<Scalar>(own, other) : own,
          right: rightAnswers(logits, labels),
        };
      },
      { clipNorm },
    );
    const logitsOf = (inputs: Tensor) => forward(network, answering(), inputs) as Tensor2D;
    return {
      steps: (learningRate, weightDecay, ...rows) => {
        const columns = (mixes ? rows : rows.slice(0, 4)).map((all) => tf.unstack(all));
        const results = columns[0]!.map((_, i) => {
          const [inputs, labels, weights, seed, ...others] = columns.map((column) => column[i]!);
          const [y, w, s, ...mixed] = [labels, weights, seed, ...others] as [Tensor1D, Tensor1D, Tensor1D];
          const { loss, right, ...moments } = step(learningRate, weightDecay, inputs!, y, w, s, ...mixed);
          this.#follow(moments);
          return { loss, right: right! };
        });
        return {
          losses: tf.stack(results.map(({ loss }) => loss)) as Tensor1D,
          right: tf.stack(results.map(({ right }) => right)) as Tensor2D,
        };
      },
      evaluate: (inputs, labels) => {
        const logits = logitsOf(inputs);
        return { losses: crossEntropies(logits, labels), right: rightAnswers(logits, labels) };
      },
      probabilities: (inputs) => tf.softmax(logitsOf(inputs)),
      moments: (inputs) => withMoments(answering(), inputs, {}).moments,
    };
  }

  /** Running statistics and averages go a little towards what a step has brought. */
  #follow(moments: Readonly<Record<string, Tensor>>): void {
    const seen = this.#seen;
    if (seen) {
      const kept = tf.minimum(statisticsMomentum, tf.div(seen, tf.add(seen, 1)));
      for (const [name, moment] of Object.entries(moments)) {
        towards(this.#variables.get(name)!, moment, kept);
      }
      seen.assign(tf.add(seen, 1));
    }
    for (const [name, average] of this.#averages) {
      towards(average, this.#variables.get(name)!, this.options.averaging!);
    }
  }

  /** The second labels and what they count, or nothing where labels are not mixed. */
  #mixed(values: readonly number[], count: number, type: 'int32' | 'float32'): Tensor2D {
    const row = this.options.mixes ? this.options.batchSize : 0;
    return tf.tensor2d(values.slice(0, count * row), [count, row], type);
  }

  #inputs(batch: Batch): Tensor {
    return tf.tensor(batch.inputs, [this.options.batchSize, ...this.#inputShape]);
  }

  get #inputShape(): readonly number[] {
    return this.network.layers[0]!.shape;
  }
}

/** What each example of a batch counts in the mean loss, by its own label and by the one mixed in. */
function shares({ weights, mixed }: Batch): { own: Float32Array; other: Float32Array | undefined } {
  const sum = [...weights, ...(mixed?.weights ?? [])].reduce((total, weight) => total + weight, 0);
  return { own: weights.map((weight) => weight / sum), other: mixed?.weights.map((weight) => weight / sum) };
}

/** variable ← kept · variable + (1 − kept) · value. */
function towards(variable: Variable, value: Tensor, kept: Tensor | number): void {
  tf.tidy(() => {
    variable.assign(tf.add(tf.mul(variable, kept), tf.mul(value, tf.sub(1, kept))));
  });
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
