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
import { classActivationMap, logitsOfMaps, type PlaceMap } from './class-activation-map.js';
import { gradCam } from './grad-cam.js';
import { withoutSoftmax } from './logits.js';
import { layerToExplain } from './map-layer.js';
import { networkToMaps, type PooledHead, pooledHead } from './pooled-head.js';
import type { Question } from './question.js';

export type Method = 'class activation map' | 'Grad-CAM';

/** What a network says of a batch of pictures, and what it says it from. */
export interface Answers {
  readonly count: number;
  /** At the explained layers, [height, width, channels] each, picture after picture. */
  readonly activations: Float32Array;
  readonly logits: readonly number[][];
}

/** A classifier opened to be explained at one of its layers; `dispose` frees its memory. */
export class Explainer {
  readonly labels: readonly string[];
  readonly ids: readonly string[] | undefined;
  readonly decode: DecodeOptions;
  readonly method: Method;
  /** The layer whose map is explained; of a head that reads several maps all of them, with commas. */
  readonly layer: string;
  /** From pixels to logits. */
  readonly network: Network;
  readonly weights: Weights;
  readonly #head: PooledHead | undefined;
  readonly #prefix: Extractor & { dispose(): void };
  /** From pixels to the explained maps. */
  readonly #below: Network;
  /** From what the prefix puts out to the explained maps; undefined where that is the same. */
  readonly #between: Network | undefined;
  /** With Grad-CAM: from the explained layer to the logits. */
  readonly #above: Network | undefined;
  readonly #parameters: Map<string, Tensor>;

  /** @param layer for Grad-CAM there; without it the head's own decomposition where it has one. */
  constructor(saved: SavedClassifier, layer?: string) {
    this.labels = saved.labels;
    this.ids = saved.ids;
    this.decode = saved.decode;
    this.weights = saved.weights;
    this.network = withoutSoftmax(saved.network);
    const head = pooledHead(this.network);
    const names = head?.maps.map(({ name }) => name).join(', ');
    this.#head = layer === undefined || layer === names ? head : undefined;
    this.method = this.#head ? 'class activation map' : 'Grad-CAM';
    this.layer = this.#head ? names! : layerToExplain(this.network, layer);
    const maps = this.#head?.maps ?? [layerNamed(this.network, this.layer)];
    this.#below = networkToMaps(this.network, maps);
    // What predicts is explained: the frozen part computes in the run's own precision.
    const frozen = networkUpTo(saved.network, saved.cut);
    const within = maps.every((map) => frozen.layers.some(({ name }) => name === map.name));
    const prefix = within ? this.#below : frozen;
    this.#between = within ? undefined : networkAfter(this.#below, saved.cut);
    this.#above = this.#head ? undefined : networkAfter(this.network, this.layer);
    this.#prefix = openPrefix({ network: prefix, weights: weightsOf(prefix, saved.weights) }, saved.prefix);
    const rest = [this.#between, this.#above].filter((part) => part !== undefined);
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
    return { count, activations, logits: this.#logits(activations, count) };
  }

  #logits(activations: Float32Array, count: number): number[][] {
    if (this.#head) {
      const head = this.#head;
      return picturesOf(activations, count).map((one) => logitsOfMaps(head, this.weights, one));
    }
    return tf.tidy(
      () =>
        forward(this.#above!, this.#parameters, this.#tensor(activations, count)).arraySync() as number[][],
    );
  }

  /** @param questions one a picture. */
  maps({ count, activations }: Answers, questions: readonly Question[]): PlaceMap[] {
    if (this.#head) return classActivationMaps(this.#head, this.weights, activations, questions);
    const map = this.#tensor(activations, count);
    try {
      return gradCam(this.#above!, this.#parameters, map, questions);
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
      return forward(this.#below, parameters, input) as Tensor4D;
    });
    try {
      if (!this.#head) return gradCam(this.#above!, parameters, map, questions);
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
  head: PooledHead,
  weights: Weights,
  activations: Float32Array,
  questions: readonly Question[],
): PlaceMap[] {
  const pictures = picturesOf(activations, questions.length);
  return questions.map((question, i) => classActivationMap(head, weights, pictures[i]!, question));
}

function picturesOf(activations: Float32Array, count: number): Float32Array[] {
  const size = activations.length / count;
  return Array.from({ length: count }, (_, i) => activations.subarray(i * size, (i + 1) * size));
}

function weightsOf(network: Network, weights: Weights): Weights {
  return new Map(networkWeights(network).map(({ name }) => [name, weights.get(name)!]));
}

function toTensors(network: Network, weights: Weights): Map<string, Tensor> {
  return new Map(
    networkWeights(network).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])]),
  );
}
