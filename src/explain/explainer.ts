import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { DecodeOptions } from '../data/decode.js';
import type { Extractor } from '../features/extract.js';
import { openPrefix } from '../features/frozen-extractor.js';
import type { Weights } from '../formats/tensors.js';
import { forward } from '../models/forward.js';
import { inputOf, layerNamed, type Network, networkAfter, networkUpTo } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import type { SavedClassifier } from '../runs/classifier.js';
import { tf } from '../runtime/tensorflow.js';
import { type AveragedHead, averagedHead } from './averaged-head.js';
import { classActivationMap, type PlaceMap } from './class-activation-map.js';
import { gradCam } from './grad-cam.js';
import { withoutSoftmax } from './logits.js';
import { layerToExplain } from './map-layer.js';
import type { Question } from './question.js';

export type Method = 'class activation map' | 'Grad-CAM';

/** What a network says of a batch of pictures, and what it says it from. */
export interface Answers {
  readonly count: number;
  /** At the explained layer, [count, height, width, channels]. */
  readonly activations: Float32Array;
  readonly logits: readonly number[][];
}

/** A classifier opened to be explained at one of its layers; `dispose` frees its memory. */
export class Explainer {
  readonly labels: readonly string[];
  readonly ids: readonly string[] | undefined;
  readonly decode: DecodeOptions;
  readonly method: Method;
  /** The layer whose map is explained. */
  readonly layer: string;
  /** From pixels to logits. */
  readonly network: Network;
  readonly weights: Weights;
  readonly #head: AveragedHead | undefined;
  readonly #prefix: Extractor & { dispose(): void };
  /** From what the prefix puts out to the explained layer; undefined where that is the same. */
  readonly #between: Network | undefined;
  /** From the explained layer to the logits. */
  readonly #above: Network;
  readonly #parameters: Map<string, Tensor>;

  /** @param layer for Grad-CAM there; without it the head's own decomposition where it has one. */
  constructor(saved: SavedClassifier, layer?: string) {
    this.labels = saved.labels;
    this.ids = saved.ids;
    this.decode = saved.decode;
    this.weights = saved.weights;
    this.network = withoutSoftmax(saved.network);
    const head = averagedHead(this.network);
    this.#head = layer === undefined || layer === head?.map.name ? head : undefined;
    this.method = this.#head ? 'class activation map' : 'Grad-CAM';
    this.layer = this.#head?.map.name ?? layerToExplain(this.network, layer);
    // What predicts is explained: the frozen part computes in the run's own precision.
    const frozen = networkUpTo(saved.network, saved.cut);
    const within = frozen.layers.some(({ name }) => name === this.layer);
    const below = within ? networkUpTo(frozen, this.layer) : frozen;
    this.#between = within ? undefined : networkUpTo(networkAfter(this.network, saved.cut), this.layer);
    this.#above = networkAfter(this.network, this.layer);
    this.#prefix = openPrefix({ network: below, weights: weightsOf(below, saved.weights) }, saved.prefix);
    const rest = [...(this.#between ? [this.#between] : []), this.#above];
    this.#parameters = new Map(rest.flatMap((part) => [...toTensors(part, saved.weights)]));
  }

  /** @param pixels uint8 [count, height, width, channels]. */
  answers(pixels: Uint8Array, count: number): Answers {
    const features = this.#prefix.run(pixels, count);
    const activations = this.#between
      ? tf.tidy(() => {
          const input = tf.tensor(features, [count, ...this.#prefix.shape]);
          return forward(this.#between!, this.#parameters, input).dataSync() as Float32Array;
        })
      : features;
    const logits = tf.tidy(
      () =>
        forward(this.#above, this.#parameters, this.#tensor(activations, count)).arraySync() as number[][],
    );
    return { count, activations, logits };
  }

  /** @param questions one a picture. */
  maps({ count, activations }: Answers, questions: readonly Question[]): PlaceMap[] {
    if (this.#head) return classActivationMaps(this.#head, this.weights, activations, questions);
    const map = this.#tensor(activations, count);
    try {
      return gradCam(this.#above, this.#parameters, map, questions);
    } finally {
      map.dispose();
    }
  }

  /** The maps that the same network would give with other weights; in float32. */
  mapsWith(weights: Weights, pixels: Uint8Array, questions: readonly Question[]): PlaceMap[] {
    const parameters = toTensors(this.network, weights);
    const map = tf.tidy(() => {
      const shape = [questions.length, ...inputOf(this.network).shape];
      const input = tf.tensor(Float32Array.from(pixels), shape);
      return forward(networkUpTo(this.network, this.layer), parameters, input) as Tensor4D;
    });
    try {
      if (!this.#head) return gradCam(this.#above, parameters, map, questions);
      return classActivationMaps(this.#head, weights, map.dataSync() as Float32Array, questions);
    } finally {
      tf.dispose([map, ...parameters.values()]);
    }
  }

  dispose(): void {
    this.#prefix.dispose();
    tf.dispose([...this.#parameters.values()]);
  }

  #tensor(activations: Float32Array, count: number): Tensor4D {
    const shape: number[] = [count, ...layerNamed(this.network, this.layer).shape];
    const tensor: Tensor = tf.tensor(activations, shape);
    return tensor as Tensor4D;
  }
}

function classActivationMaps(
  head: AveragedHead,
  weights: Weights,
  activations: Float32Array,
  questions: readonly Question[],
): PlaceMap[] {
  const size = activations.length / questions.length;
  return questions.map((question, i) =>
    classActivationMap(head, weights, activations.subarray(i * size, (i + 1) * size), question),
  );
}

function weightsOf(network: Network, weights: Weights): Weights {
  return new Map(networkWeights(network).map(({ name }) => [name, weights.get(name)!]));
}

function toTensors(network: Network, weights: Weights): Map<string, Tensor> {
  return new Map(
    networkWeights(network).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])]),
  );
}
