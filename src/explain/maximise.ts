import { breathe } from '../runtime/breathe.js';
import type { Tensor, Tensor1D, Tensor4D, Variable } from '@tensorflow/tfjs';
import type { Weights } from '../formats/tensors.js';
import { compile } from '../graph/compile.js';
import { createOptimiser } from '../graph/optimisers.js';
import { trainingStep } from '../graph/training-step.js';
import { forward } from '../models/forward.js';
import { inputOf, type Network, networkUpTo, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import type { Picture } from './filters.js';
import { withoutActivation } from './logits.js';

export interface MaximiseOptions extends Hooks {
  /** Steps of Adam; 96 unless told. */
  readonly steps?: number;
  /** Side of the pictures; the network's own unless told. Networks with dense layers take no other. */
  readonly side?: number;
  readonly seed: number;
}

/** Decorrelates colours: ImageNet's covariance of RGB, its root (Olah et al. 2017, as their Lucid has it). */
const colours = [0.26, 0.27, 0.27, 0.09, 0.0, -0.09, 0.02, -0.05, 0.03] as const;

/** A colour's spread before the sigmoid; from Lucid, too. */
const contrast = 4 / 0.46;

/** Of AdamW; the decay keeps a grid's values within ±1, so that colours don't run to their ends. */
const [learningRate, weightDecay] = [0.05, 1];

/**
 * Pictures that excite channels of a layer, or classes, as much as can be found by gradient ascent (Olah et al. 2017,
 * "Feature visualization"): the mean over the channel's map before its activation, or the logit. A picture is the sum of
 * grids from coarse to fine, so that what is alike over large parts comes first, as in photographs; it is moved at random
 * by up to a sixteenth of its side at each step, so that no pattern holds that depends on a pixel. All are found at once.
 *
 * @param layer of a network that takes RGB from 0 to 255. @param channels one a picture.
 */
export async function maximise(
  network: Network,
  weights: Weights,
  { layer, channels }: { readonly layer: string; readonly channels: readonly number[] },
  { steps = 96, side, seed, onProgress, signal }: MaximiseOptions,
): Promise<Picture[]> {
  const part = withoutActivation(networkUpTo(network, layer));
  const [height, width, depth] = inputOf(network).shape as [number, number, number];
  const size: [number, number] = side === undefined ? [height, width] : [side, side];
  const jitter = Math.max(1, Math.round(Math.min(...size) / 16));
  const canvas: [number, number] = [size[0] + 2 * jitter, size[1] + 2 * jitter];
  const parameters = new Map(
    networkWeights(part).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])]),
  );
  const wanted = tf.tidy(() =>
    tf.oneHot(tf.tensor1d([...channels], 'int32'), outputOf(part).shape.at(-1)!, 1, 0, 'float32'),
  );
  const matrix = tf.tensor2d([...colours], [3, 3]);
  const grids = gridsFor(channels.length, canvas, depth, new Random(seed).fork('maximise'));
  const optimiser = createOptimiser(grids, { kind: 'adamw' });
  const drawn = (rows: Tensor1D, columns: Tensor1D) => {
    const whole = pictureOf([...grids.values()], canvas, depth === 3 ? matrix : undefined);
    return tf.gather(tf.gather(whole, rows, 1), columns, 2);
  };
  const loss = (rows: Tensor1D, columns: Tensor1D) => {
    const moved = drawn(rows, columns);
    const output = forward(part, parameters, moved);
    const means = output.rank === 4 ? tf.mean(output, [1, 2]) : output;
    return { loss: tf.neg(tf.sum(tf.mul(means, wanted))).asScalar() };
  };
  const step = compile(trainingStep(optimiser, loss), {
    constants: [...parameters.values(), wanted, matrix],
  });
  const random = new Random(seed).fork('jitter');
  const window = (length: number, from: number) => tf.range(from, from + length, 1, 'int32');
  const somewhere = (length: number) => window(length, random.below(2 * jitter + 1));
  try {
    for (let done = 0; done < steps; done++) {
      await breathe(signal);
      const [rate, decay] = [tf.scalar(learningRate), tf.scalar(weightDecay)];
      const [rows, columns] = [somewhere(size[0]), somewhere(size[1])];
      tf.dispose([rate, decay, rows, columns, step(rate, decay, rows, columns)]);
      onProgress?.({ kind: 'work', stage: 'Drawing', done: done + 1, total: steps, unit: 'steps' });
    }
    step.pull();
    const pictures = tf.tidy(() => drawn(window(size[0], jitter), window(size[1], jitter)));
    try {
      return bytesOf(pictures);
    } finally {
      pictures.dispose();
    }
  } finally {
    step.dispose();
    optimiser.dispose();
    tf.dispose([...parameters.values(), wanted, matrix, ...grids.values()]);
  }
}

/** Grids of 4, 8, 16 … cells and one of the pixels, for every picture; small random values to begin with. */
function gridsFor(
  pictures: number,
  [height, width]: readonly [number, number],
  depth: number,
  random: Random,
): Map<string, Variable> {
  const sizes: [number, number][] = [];
  for (let scale = 1; Math.min(height, width) / scale >= 4; scale *= 2) {
    sizes.push([Math.ceil(height / scale), Math.ceil(width / scale)]);
  }
  return new Map(
    (sizes.length > 0 ? sizes : [[height, width]]).map(([h, w]) => {
      const values = Float32Array.from({ length: pictures * h! * w! * depth }, () => 0.01 * random.normal());
      const shape: [number, number, number, number] = [pictures, h!, w!, depth];
      return [`grid ${h}`, tf.tidy(() => tf.variable(tf.tensor4d(values, shape)))];
    }),
  );
}

/** From 0 to 255, [pictures, height, width, channels]. */
function pictureOf(grids: readonly Variable[], size: [number, number], matrix: Tensor | undefined): Tensor4D {
  const sum = tf.addN(
    grids.map((grid) => tf.image.resizeBilinear(grid as unknown as Tensor4D, size)),
  ) as Tensor4D;
  const values = matrix
    ? tf.reshape(tf.mul(tf.matMul(tf.reshape(sum, [-1, 3]), matrix), contrast), sum.shape)
    : tf.mul(sum, 4);
  return tf.mul(tf.sigmoid(values), 255);
}

function bytesOf(pictures: Tensor4D): Picture[] {
  const [count, height, width, depth] = pictures.shape;
  const values = pictures.dataSync();
  const size = height * width;
  return Array.from({ length: count }, (_, i) => ({
    height,
    width,
    rgb: Uint8Array.from({ length: 3 * size }, (__, at) =>
      Math.round(values[(i * size + Math.floor(at / 3)) * depth + (depth === 1 ? 0 : at % 3)]!),
    ),
  }));
}
