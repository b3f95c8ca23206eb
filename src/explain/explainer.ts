import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { DecodeOptions } from '../data/decode.js';
import type { Extractor } from '../features/extract.js';
import type { Keeping } from '../features/kept-rows.js';
import { openPrefix } from '../features/frozen-extractor.js';
import type { Weights } from '../formats/tensors.js';
import { forward, type Parameters } from '../models/forward.js';
import { inputOf, layerNamed, type Network, networkAfter, networkUpTo } from '../models/network.js';
import { networkWeights, ownWeights } from '../models/network-weights.js';
import type { SavedClassifier } from '../runs/classifier.js';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import {
  classActivationMap,
  featuresOfMaps,
  logitsOfFeatures,
  type PlaceMap,
} from './class-activation-map.js';
import { withoutSoftmax } from './logits.js';
import { type KeptMaps, keptMaps } from './kept-maps.js';
import { layerToExplain } from './map-layer.js';
import { type Method, type MethodName, methodTitles } from './method-names.js';
import { generalMethods } from './methods.js';
import { type NetworkAbove, networkAbove } from './network-above.js';
import { networkToMaps, type PooledHead, pooledHead } from './pooled-head.js';
import type { Question } from './question.js';
import { joined } from '../runtime/joined.js';
import { inBatches, picturesOf, rowsOf } from './pictures.js';
import { openTarget, outputsOf } from './target.js';

/** What a network says of a batch of pictures, and what it says it from. */
export interface Answers {
  readonly count: number;
  /**
   * What maps are made from, picture after picture: the explained layer, or those that the head reads one after the other, or
   * the pixels where the layer alone does not decide the answer.
   */
  readonly seen: Float32Array | Uint8Array;
  readonly logits: readonly number[][];
  /** What a linear head on pooled maps reads of each picture; absent where the network ends otherwise. */
  readonly features?: readonly (readonly number[])[];
}

/** Pictures whose gradients are computed at once where they go down to the pixels. */
const pictureBatch = 4;

/** A classifier opened to be explained at one of its layers; `dispose` frees its memory. */
export class Explainer {
  readonly labels: readonly string[];
  readonly ids: readonly string[] | undefined;
  readonly decode: DecodeOptions;
  readonly method: Method;
  /** How many times the check of the weights draws them. */
  readonly draws: number;
  /** The layer whose map is explained; of a head that reads several maps all of them, with commas. */
  readonly layer: string;
  /** From pixels to logits. */
  readonly network: Network;
  readonly weights: Weights;
  readonly #name: MethodName;
  readonly #head: PooledHead | undefined;
  readonly #prefix: Extractor & { dispose(): void };
  /** From pixels to the explained maps. */
  readonly #below: Network;
  /** From what the prefix puts out to the explained maps; undefined where that is the same. */
  readonly #between: Network | undefined;
  /** From the explained layer to the logits. */
  readonly #above: NetworkAbove;
  /** Whether maps are made from the pixels: by a method that goes down to them, or of a layer that others run past. */
  readonly #fromPixels: boolean;
  readonly #parameters: Map<string, Tensor>;
  readonly #kept: KeptMaps | undefined;

  /**
   * @param asked without a method the head's own decomposition where it has one, else Grad-CAM; without a layer the last
   *   map, or the picture for methods that go down to it.
   * @param keeping for a linear head on pooled maps of a frozen base alone: nothing else is the same for another head.
   */
  constructor(
    saved: SavedClassifier,
    {
      method,
      layer,
      keeping,
    }: {
      readonly method?: MethodName | undefined;
      readonly layer?: string | undefined;
      readonly keeping?: Keeping | undefined;
    } = {},
  ) {
    this.labels = saved.labels;
    this.ids = saved.ids;
    this.decode = saved.decode;
    this.weights = saved.weights;
    this.network = withoutSoftmax(saved.network);
    const own = pooledHead(this.network);
    this.#name = method ?? (own && isAsked(this.network, own, layer) ? 'class-activation-map' : 'grad-cam');
    const rules = this.#name === 'class-activation-map' ? undefined : generalMethods[this.#name];
    this.#head = rules ? undefined : headToExplain(this.network, own, layer);
    this.method = methodTitles[this.#name];
    this.draws = rules?.draws ?? generalMethods['grad-cam'].draws;
    this.layer =
      rules?.ofPixels && layer === undefined
        ? inputOf(this.network).name
        : this.#head
          ? namesOf(this.#head)
          : layerToExplain(this.network, layer);
    const maps = this.#head?.maps ?? [layerNamed(this.network, this.layer)];
    this.#below = networkToMaps(this.network, maps);
    this.#above = networkAbove(this.network, maps.at(-1)!.name);
    this.#fromPixels = !this.#head && (rules?.ofPixels === true || this.#above.beside.length > 0);
    if (this.#fromPixels) {
      this.#prefix = openPrefix({ network: this.network, weights: saved.weights }, { precision: 'float32' });
      this.#parameters = toTensors(this.network, saved.weights);
      return;
    }
    // What predicts is explained: the frozen part computes in the run's own precision.
    const frozen = networkUpTo(saved.network, saved.cut);
    const within = maps.every((map) => frozen.layers.some(({ name }) => name === map.name));
    const prefix = within ? this.#below : frozen;
    this.#between = within ? undefined : networkAfter(this.#below, saved.cut);
    this.#prefix = openPrefix({ network: prefix, weights: ownWeights(prefix, saved.weights) }, saved.prefix);
    this.#kept = within && keeping && this.#head ? keptMaps(keeping, this.#below, this.#head) : undefined;
    const rest = [...(this.#between ? [this.#between] : []), ...(this.#head ? [] : [this.#above.network])];
    this.#parameters = new Map(rest.flatMap((part) => [...toTensors(part, saved.weights)]));
  }

  /** @param pixels uint8 [count, height, width, channels]. */
  answers(pixels: Uint8Array, count: number): Answers {
    if (this.#fromPixels) {
      return { count, seen: pixels, logits: rowsOf(this.#prefix.run(pixels, count), count) };
    }
    const seen = this.#seen(pixels, count);
    if (this.#head) {
      const head = this.#head;
      const features = picturesOf(seen, count).map((one) => featuresOfMaps(head, one));
      const logits = features.map((one) => logitsOfFeatures(head, this.weights, one));
      return { count, seen, logits, features };
    }
    const logits = tf.tidy(
      () => forward(this.#above.network, this.#parameters, this.#map(seen, count)).arraySync() as number[][],
    );
    return { count, seen, logits };
  }

  /**
   * The logits of pictures that are made for a check; only what is not known yet is made and computed.
   *
   * @param madeOf what the pictures are made of, and how. @param perturbed uint8 [count, height, width, channels].
   */
  logits(madeOf: readonly Uint8Array[], count: number, perturbed: () => Uint8Array): number[][] {
    const head = this.#head;
    if (!head || !this.#kept)
      return inBatches(perturbed(), count, (...batch) => [...this.answers(...batch).logits]);
    const features = this.#kept.features.rows(madeOf, count, () =>
      Float32Array.from(
        inBatches(perturbed(), count, (pixels, some) =>
          picturesOf(this.#through(pixels, some), some).map((one) => featuresOfMaps(head, one)),
        ).flat(),
      ),
    );
    return rowsOf(features, count).map((row) => logitsOfFeatures(head, this.weights, row));
  }

  /** @param questions one a picture. */
  maps({ count, seen }: Answers, questions: readonly Question[]): PlaceMap[] {
    if (this.#fromPixels)
      return this.#mapsOf(this.weights, this.#parameters, seen as Uint8Array, questions, false);
    if (this.#head) return classActivationMaps(this.#head, this.weights, seen as Float32Array, questions);
    const map = this.#map(seen as Float32Array, count);
    try {
      return this.#explained(this.#parameters, map, questions, { checking: false });
    } finally {
      map.dispose();
    }
  }

  /**
   * The maps that the same network would give with other weights. What lies below a linear head on pooled maps computes as
   * it does otherwise where its weights are the network's own; else in float32.
   *
   * @param drawn tells weights that are drawn from others that are.
   */
  mapsWith(weights: Weights, pixels: Uint8Array, questions: readonly Question[], drawn = ''): PlaceMap[] {
    const count = questions.length;
    if (
      this.#head &&
      networkWeights(this.#below).every(({ name }) => weights.get(name) === this.weights.get(name))
    ) {
      return classActivationMaps(this.#head, weights, this.#seen(pixels, count), questions);
    }
    const known = this.#kept?.drawn;
    let parameters: Map<string, Tensor> | undefined;
    const opened = () => (parameters ??= toTensors(this.#head ? this.#below : this.network, weights));
    try {
      if (!this.#head || !known) return this.#mapsOf(weights, opened(), pixels, questions, true);
      const maps = picturesOf(pixels, count).map((one) =>
        known.rows([Buffer.from(drawn), one], 1, () => this.#forwardToMaps(opened(), one, 1)),
      );
      return questions.map((question, i) => classActivationMap(this.#head!, weights, maps[i]!, question));
    } finally {
      tf.dispose([...(parameters?.values() ?? [])]);
    }
  }

  dispose(): void {
    this.#prefix.dispose();
    tf.dispose([...this.#parameters.values()]);
    for (const rows of Object.values(this.#kept ?? {})) rows.close();
  }

  /** What the explained maps have of pictures: those that are kept one by one, so that each comes out as it did. */
  #seen(pixels: Uint8Array, count: number): Float32Array {
    const kept = this.#kept?.maps;
    if (!kept) return this.#through(pixels, count);
    return joined(picturesOf(pixels, count).map((one) => kept.rows([one], 1, () => this.#through(one, 1))));
  }

  #through(pixels: Uint8Array, count: number): Float32Array {
    const features = this.#prefix.run(pixels, count);
    if (!this.#between) return features;
    return tf.tidy(() => {
      const input = tf.tensor(features, [count, ...this.#prefix.shape]);
      return forward(this.#between!, this.#parameters, input).dataSync() as Float32Array;
    });
  }

  #forwardToMaps(parameters: Parameters, pixels: Uint8Array, count: number): Float32Array {
    return tf.tidy(() => {
      const picture = tf.tensor(Float32Array.from(pixels), [count, ...inputOf(this.network).shape]);
      return forward(this.#below, parameters, picture).dataSync() as Float32Array;
    });
  }

  /** Maps from pixels, a few pictures at a time. */
  #mapsOf(
    weights: Weights,
    parameters: Parameters,
    pixels: Uint8Array,
    questions: readonly Question[],
    checking: boolean,
  ): PlaceMap[] {
    const { shape } = inputOf(this.network);
    const size = pixels.length / questions.length;
    const found: PlaceMap[] = [];
    for (let start = 0; start < questions.length; start += pictureBatch) {
      const asked = questions.slice(start, start + pictureBatch);
      const some = pixels.subarray(start * size, (start + asked.length) * size);
      if (this.#head) {
        const maps = this.#forwardToMaps(parameters, some, asked.length);
        found.push(...classActivationMaps(this.#head, weights, maps, asked));
        continue;
      }
      const picture = tf.tensor(Float32Array.from(some), [asked.length, ...shape]);
      const outputs = outputsOf(this.network, parameters, picture, [this.layer, ...this.#above.beside]);
      const map = outputs.get(this.layer) as Tensor4D;
      try {
        found.push(...this.#explained(parameters, map, asked, { checking, picture, outputs }));
      } finally {
        tf.dispose([picture, ...outputs.values()]);
      }
    }
    return found;
  }

  #explained(
    parameters: Parameters,
    map: Tensor4D,
    questions: readonly Question[],
    options: { checking: boolean; picture?: Tensor; outputs?: ReadonlyMap<string, Tensor> },
  ): PlaceMap[] {
    const { checking, picture, outputs } = options;
    const beside = new Map(this.#above.beside.map((name) => [name, outputs!.get(name)!]));
    const nothing = () => {
      const plain = tf.broadcastTo(tf.mean(picture!, [1, 2], true), picture!.shape);
      return outputsOf(this.network, parameters, plain, [this.layer]).get(this.layer) as Tensor4D;
    };
    const target = openTarget(this.#above, parameters, map, questions, { nothing, beside });
    return generalMethods[this.#name as keyof typeof generalMethods].explain(target, checking);
  }

  #map(activations: Float32Array | Uint8Array, count: number): Tensor4D {
    const shape: number[] = [count, ...layerNamed(this.network, this.layer).shape];
    const tensor: Tensor = tf.tensor(activations, shape);
    return tensor as Tensor4D;
  }
}

/** The layers that a head reads. */
function namesOf({ maps }: PooledHead): string {
  return maps.map(({ name }) => name).join(', ');
}

/** Whether the layer that was asked for, if any, is what the head reads. */
function isAsked(network: Network, head: PooledHead, asked: string | undefined): boolean {
  const names = namesOf(head);
  return asked === undefined || asked === names || layerToExplain(network, asked) === names;
}

function headToExplain(
  network: Network,
  head: PooledHead | undefined,
  layer: string | undefined,
): PooledHead {
  if (!head) {
    throw new UserError(
      `Expected a linear head on pooled features for class activation maps but ${network.name} ends otherwise. Try --method grad-cam.`,
    );
  }
  if (isAsked(network, head, layer)) return head;
  throw new UserError(
    `Expected --layer '${namesOf(head)}', which the head reads, for class activation maps but received '${layer}'. Try --method grad-cam.`,
  );
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

function toTensors(network: Network, weights: Weights): Map<string, Tensor> {
  return new Map(
    networkWeights(network).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])]),
  );
}
