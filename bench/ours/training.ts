import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { compileTogether } from '../../src/graph/compile.js';
import { createOptimiser } from '../../src/graph/optimisers.js';
import { trainingStep } from '../../src/graph/training-step.js';
import type { WeightedNetwork } from '../../src/models/compose.js';
import { foldSquashing, multiplied } from '../../src/models/fold-squashing.js';
import { forward } from '../../src/models/forward.js';
import { inputOf } from '../../src/models/network.js';
import { nativeBinding, tf } from '../../src/runtime/tensorflow.js';
import { crossEntropy } from '../../src/training/loss.js';
import { sizeOf } from '../../src/formats/tensors.js';
import type { Engine } from '../serve.js';

/** A training that every engine does alike: Adam (β₁ 0.9, β₂ 0.999, ε 1e-7) on batches that come round again. */
export interface Training {
  readonly weighted: WeightedNetwork;
  /** Which weights learn, by name. */
  readonly trains: (name: string) => boolean;
  /** float32, [batches · batch, ...input shape]. */
  readonly inputs: Float32Array;
  readonly labels: Uint8Array;
  readonly batch: number;
  readonly learningRate: number;
  /** Steps made before the logits of the first batch are compared. */
  readonly steps: number;
}

/** @param variant `eager`: TF.js' own optimiser, op by op; otherwise compiled. */
export function trainingEngine(variant: string, training: Training): Engine {
  const { weighted, batch, inputs, labels, steps } = training;
  const { network } = weighted;
  const { shape } = inputOf(network);
  const size = batch * sizeOf(shape);
  const batches = inputs.length / size;
  const parameters = new Map<string, Tensor>(
    [...weighted.weights].map(([name, { data, shape }]) => {
      const tensor = tf.tensor(data, [...shape]);
      return [name, training.trains(name) ? tf.variable(tensor) : tensor];
    }),
  );
  const folded = foldSquashing(network);
  const logits = (pictures: Tensor) =>
    variant === 'eager'
      ? (forward(network, parameters, pictures) as Tensor2D)
      : (forward(folded.network, multiplied(parameters, folded.factors), pictures) as Tensor2D);
  const equal = tf.fill([batch], 1 / batch) as Tensor1D;
  const loss = (pictures: Tensor, classes: Tensor1D) => crossEntropy(logits(pictures), classes, equal);
  const { step, predict } = (variant === 'eager' ? eagerly : compiled)(training, parameters, {
    logits,
    loss,
    equal,
  });

  let done = 0;
  const read = (place: number): [Tensor, Tensor1D] => [
    tf.tensor(inputs.subarray(place * size, (place + 1) * size), [batch, ...shape]),
    tf.tensor1d(Int32Array.from(labels.subarray(place * batch, (place + 1) * batch)), 'int32'),
  ];
  const run = (repeats: number) => {
    for (let i = 0; i < repeats; i++) {
      tf.tidy(() => {
        step(...read(done++ % batches));
      });
    }
  };
  run(steps);
  const outputs = tf.tidy(() => Float32Array.from(predict(read(0)[0]).dataSync()));
  return { details: `TensorFlow ${nativeBinding().TF_Version}`, outputs, run };
}

interface Functions {
  readonly logits: (pictures: Tensor) => Tensor2D;
  readonly loss: (pictures: Tensor, classes: Tensor1D) => Scalar;
  readonly equal: Tensor;
}

interface Steps {
  readonly step: (pictures: Tensor, classes: Tensor1D) => void;
  readonly predict: (pictures: Tensor) => Tensor;
}

function eagerly(
  { learningRate }: Training,
  parameters: Map<string, Tensor>,
  { logits, loss }: Functions,
): Steps {
  const optimiser = tf.train.adam(learningRate, 0.9, 0.999, 1e-7);
  const variables = [...parameters.values()].filter((tensor) => tensor instanceof tf.Variable);
  return {
    step: (pictures, classes) => void optimiser.minimize(() => loss(pictures, classes), false, variables),
    predict: logits,
  };
}

function compiled(
  { learningRate, trains }: Training,
  parameters: Map<string, Tensor>,
  { logits, loss, equal }: Functions,
): Steps {
  const variables = new Map([...parameters].filter(([name]) => trains(name)) as [string, Variable][]);
  const constants = [...parameters.values()].filter((tensor) => !(tensor instanceof tf.Variable));
  const optimiser = createOptimiser(variables, { kind: 'adam' });
  const step = trainingStep(optimiser, (pictures: Tensor, classes: Tensor1D) => ({
    loss: loss(pictures, classes),
  }));
  const { functions } = compileTogether({ step, predict: logits }, { constants: [...constants, equal] });
  const rate = tf.scalar(learningRate);
  const decay = tf.scalar(0);
  return {
    step: (pictures, classes) => void functions.step(rate, decay, pictures, classes),
    predict: functions.predict,
  };
}
