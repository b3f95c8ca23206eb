import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { compileTogether } from '../graph/compile.js';
import type { WeightedNetwork } from '../models/compose.js';
import { forwardTaps } from '../models/forward.js';
import { networkWeights } from '../models/network-weights.js';
import { tf } from '../runtime/tensorflow.js';
import { contentLayer, styleLayers } from './style-network.js';

/** RGB values 0 to 255, [height, width, 3] in row-major order. */
export interface PictureValues {
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

export interface LossWeights {
  /** What the style counts against the content. */
  readonly style: number;
  /** What roughness counts. */
  readonly smoothness: number;
}

/** What a picture's loss is made of, each before its weight. */
export interface LossTerms {
  /** Squared difference of conv4_2's values to the content picture's, by their squares: 0 the same, about 1 unrelated. */
  readonly content: number;
  /** The same of the Gram matrices to the style picture's, the mean of five layers. */
  readonly style: number;
  /** Mean squared difference of neighbouring values, of 255. */
  readonly roughness: number;
  /** content + weight · style + weight · roughness. */
  readonly loss: number;
}

/**
 * The loss of Gatys et al. 2016 (equations 1, 4, 5 and 7) as one compiled function of the picture, with its gradient.
 * Each layer's term is divided by the squares of its target: that is the paper's normalisation of VGG's activations
 * (section 2) put into the weights of the layers, and makes the terms numbers that can be read.
 *
 * It holds native memory until `dispose()`.
 */
export class StyleLoss {
  readonly #kept: Tensor[] = [];
  readonly #program;

  constructor(
    { network, weights }: WeightedNetwork,
    content: PictureValues,
    style: PictureValues,
    by: LossWeights,
  ) {
    const stored = <T extends Tensor>(tensor: T): T => {
      const variable = tf.variable(tensor, false) as unknown as T;
      tensor.dispose();
      this.#kept.push(variable);
      return variable;
    };
    const parameters = new Map(
      networkWeights(network).map(({ name, shape }) => [
        name,
        stored(tf.tensor(weights.get(name)!.data, [...shape])),
      ]),
    );
    const taps = (picture: Tensor4D) =>
      forwardTaps(network, parameters, picture, [contentLayer, ...styleLayers]);
    const targets = tf.tidy(() => {
      const shown = taps(batchOf(content)).get(contentLayer)! as Tensor4D;
      const drawn = taps(batchOf(style));
      return [shown, ...styleLayers.map((layer) => gram(drawn.get(layer)! as Tensor4D))];
    }) as [Tensor4D, ...Tensor2D[]];
    const [shown, ...grams] = targets.map((target) => stored(target)) as [Tensor4D, ...Tensor2D[]];
    const scales = [shown, ...grams].map((target) => tf.tidy(() => tf.sum(tf.square(target)).dataSync()[0]!));

    const terms = (picture: Tensor4D) => {
      const found = taps(picture);
      const away = (value: Tensor, target: Tensor, scale: number) =>
        tf.div(tf.sum(tf.squaredDifference(value, target)), Math.max(scale, Number.MIN_VALUE)) as Scalar;
      const ofContent = away(found.get(contentLayer)!, shown, scales[0]!);
      const ofStyle = styleLayers.map((layer, i) =>
        away(gram(found.get(layer)! as Tensor4D), grams[i]!, scales[i + 1]!),
      );
      return { content: ofContent, style: tf.div(tf.addN(ofStyle), styleLayers.length) as Scalar };
    };
    this.#program = compileTogether({
      lossAndGradient: (picture: Tensor4D) => {
        let told: Record<'content' | 'style' | 'roughness', Scalar> | undefined;
        const { value, grad } = tf.valueAndGrad((x: Tensor) => {
          const { content: ofContent, style: ofStyle } = terms(x as Tensor4D);
          const rough = roughness(x as Tensor4D);
          told = {
            content: tf.keep(tf.clone(ofContent)),
            style: tf.keep(tf.clone(ofStyle)),
            roughness: tf.keep(tf.clone(rough)),
          };
          return tf.addN([ofContent, tf.mul(ofStyle, by.style), tf.mul(rough, by.smoothness)]) as Scalar;
        })(picture);
        const copies = tf.stack([value as Scalar, told!.content, told!.style, told!.roughness]);
        tf.dispose(Object.values(told!));
        return { terms: copies, gradient: grad };
      },
    });
  }

  /** @param picture of the content's height and width. @returns also the gradient of the loss by each value. */
  evaluate({ height, width, values }: PictureValues): LossTerms & { readonly gradient: Float32Array } {
    return tf.tidy(() => {
      const picture = tf.tensor4d(values, [1, height, width, 3]);
      const { terms, gradient } = this.#program.functions.lossAndGradient(picture);
      const [loss, content, style, rough] = terms.dataSync();
      return {
        loss: loss!,
        content: content!,
        style: style!,
        roughness: rough!,
        gradient: gradient.dataSync() as Float32Array,
      };
    });
  }

  dispose(): void {
    this.#program.dispose();
    tf.dispose(this.#kept);
  }
}

function batchOf({ height, width, values }: PictureValues): Tensor4D {
  return tf.tensor4d(values, [1, height, width, 3]);
}

/** The mean over all places of the products of each two channels: [channels, channels]. */
function gram(map: Tensor4D): Tensor2D {
  const [, height, width, channels] = map.shape;
  const places = tf.reshape(map, [height * width, channels]) as Tensor2D;
  return tf.div(tf.matMul(places, places, true), height * width);
}

/** Total variation with squares: the mean squared step to the neighbour on the right, and to the one below, of 255. */
function roughness(picture: Tensor4D): Scalar {
  const [, height, width] = picture.shape;
  const part = (top: number, left: number) =>
    tf.slice(picture, [0, top, left, 0], [1, height - 1, width - 1, 3]);
  const here = part(0, 0);
  const steps = [part(0, 1), part(1, 0)].map((other) => tf.mean(tf.squaredDifference(here, other)));
  return tf.div(tf.addN(steps), 255 ** 2) as Scalar;
}
