import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { PlaceMap } from '../explain/class-activation-map.js';
import { type Answers, Explainer } from '../explain/explainer.js';
import { networkAbove } from '../explain/network-above.js';
import type { DecodeOptions } from '../data/decode.js';
import { type Likeness, type LikenessReference, likenessTo } from '../evaluation/likeness.js';
import { predictedClass } from '../evaluation/predictions.js';
import { softmax } from '../evaluation/softmax.js';
import { forward } from '../models/forward.js';
import { inputOf, type Network, networkAfter, networkUpTo } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import type { SavedClassifier } from '../runs/classifier.js';
import { mirrorImages } from '../data/mirror-images.js';
import { headInput } from '../runs/head-features.js';
import { tf } from '../runtime/tensorflow.js';
import { NearestPictures, type Neighbour } from './nearest.js';

/** What is wanted of one picture beside its probabilities. */
export interface Ask {
  /** Why this class, by its place; `answer` is the likeliest. */
  readonly explain?: number | 'answer';
  /** How many of the nearest training pictures. */
  readonly nearest?: number;
}

/** What the network says of one picture. */
export interface Answer {
  /** One a class, in the order of the labels; they add up to 1. */
  readonly probabilities: readonly number[];
  readonly map?: PlaceMap & { readonly of: number };
  /** How like the trained pictures it is; absent where the run cannot tell. */
  readonly likeness?: Likeness;
  /** The nearest first; absent where there is nothing to look among. */
  readonly nearest?: readonly Neighbour[];
}

/** What a page has to know of an opened classifier. */
export interface EngineFacts {
  readonly labels: readonly string[];
  readonly decode: DecodeOptions;
  readonly method: string;
  /** The layer that maps are of. */
  readonly layer: string;
}

/** A run's network that answers, explains and finds what is near, all from one pass through its frozen part. */
export class Engine {
  readonly facts: EngineFacts;
  readonly #explainer: Explainer;
  readonly #mirrored: boolean;
  /** From the explained layer to what the head reads. */
  readonly #toFeatures: Network | undefined;
  readonly #parameters: Map<string, Tensor>;
  /** Of runs whose head reads what the frozen part puts out. */
  readonly #reference: LikenessReference | undefined;
  #nearest: NearestPictures | undefined;

  constructor(saved: SavedClassifier) {
    this.#explainer = new Explainer(saved);
    this.#mirrored = saved.mirrored ?? false;
    const { network, layer, labels, decode, method } = this.#explainer;
    this.#reference = headInput(saved.network) === saved.cut ? saved.sureness?.likeness : undefined;
    this.facts = { labels, decode, method, layer };
    this.#toFeatures = featuresAbove(network, layer);
    this.#parameters = new Map(
      networkWeights(this.#toFeatures ?? { name: network.name, layers: [] }).map(({ name, shape }) => [
        name,
        tf.tensor(saved.weights.get(name)!.data, [...shape]),
      ]),
    );
  }

  /** From now on pictures are looked for among these. */
  searchAmong(nearest: NearestPictures): void {
    this.#nearest?.dispose();
    this.#nearest = nearest;
  }

  /**
   * @param pixels uint8 RGB [count, height, width, channels]. @param asks one a picture.
   * @throws Error when the network puts out values that are no numbers.
   */
  answer(pixels: Uint8Array, asks: readonly Ask[]): Answer[] {
    const answers = this.#explainer.answers(pixels, asks.length);
    const rows = this.#logits(answers, pixels).map(softmax);
    if (!rows.flat().every(Number.isFinite))
      throw new Error('the network puts out values that are no numbers');
    const maps = this.#maps(answers, rows, asks);
    const { nearest, likeness } = this.#amongTrained(answers, asks);
    return rows.map((probabilities, i) => ({
      probabilities,
      ...(maps[i] && { map: maps[i] }),
      ...(likeness?.[i] && { likeness: likeness[i] }),
      ...(nearest?.[i] && { nearest: nearest[i] }),
    }));
  }

  dispose(): void {
    this.#explainer.dispose();
    this.#nearest?.dispose();
    tf.dispose([...this.#parameters.values()]);
  }

  /** Of runs that look at mirror images too, the mean of both. */
  #logits({ logits, count }: Answers, pixels: Uint8Array): readonly (readonly number[])[] {
    if (!this.#mirrored) return logits;
    const { decode } = this.#explainer;
    const mirrored = this.#explainer.answers(mirrorImages(pixels, decode), count).logits;
    return logits.map((row, i) => row.map((logit, k) => (logit + mirrored[i]![k]!) / 2));
  }

  #maps(answers: Answers, rows: readonly number[][], asks: readonly Ask[]): Answer['map'][] {
    if (asks.every(({ explain }) => explain === undefined)) return [];
    const questions = asks.map(({ explain }, i) => ({
      of: typeof explain === 'number' ? explain : predictedClass(rows[i]!),
    }));
    const maps = this.#explainer.maps(answers, questions);
    return asks.map(({ explain }, i) =>
      explain === undefined ? undefined : { ...maps[i]!, of: questions[i]!.of },
    );
  }

  /** What the trained pictures say of these: how like them they are, and which are the nearest. */
  #amongTrained(
    answers: Answers,
    asks: readonly Ask[],
  ): { readonly likeness?: readonly Likeness[]; readonly nearest?: readonly (readonly Neighbour[])[] } {
    const reference = this.#reference;
    const most = this.#nearest ? Math.max(...asks.map(({ nearest = 0 }) => nearest)) : 0;
    if (most === 0 && !reference) return {};
    const rows = answers.features ?? this.#featuresAbove(answers);
    if (!rows) return {};
    return {
      ...(reference && { likeness: rows.map((row) => likenessTo(reference, Float32Array.from(row))) }),
      ...(most > 0 && { nearest: this.#neighbours(rows, asks, most) }),
    };
  }

  /** What the head reads of each picture, from the explained layer on. */
  #featuresAbove({ count, seen }: Answers): number[][] | undefined {
    const above = this.#toFeatures;
    if (!above) return undefined;
    return tf.tidy(() => {
      const map: Tensor = tf.tensor(seen, [count, ...inputOf(above).shape]);
      return (forward(above, this.#parameters, map).reshape([count, -1]) as Tensor2D).arraySync();
    });
  }

  #neighbours(
    rows: NonNullable<Answers['features']>,
    asks: readonly Ask[],
    most: number,
  ): (readonly Neighbour[])[] {
    const found = this.#nearest!.of(rows, most);
    return asks.map(({ nearest = 0 }, i) => found[i]!.slice(0, nearest));
  }
}

/** From the explained layer to the head; undefined where the head reads several, or paths that run past it. */
function featuresAbove(network: Network, layer: string): Network | undefined {
  const end = headInput(network);
  if (end === undefined || !network.layers.some(({ name }) => name === layer)) return undefined;
  if (networkAbove(network, layer).beside.length > 0) return undefined;
  return networkUpTo(networkAfter(network, layer), end);
}
