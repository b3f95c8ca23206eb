import type { Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import type { Examples } from '../features/examples.js';
import { choleskyFactor, solveLowerTransposed } from './cholesky.js';
import { featureStatistics } from './standardise.js';
import type { PlacedPart } from './choose-features.js';

/** Parts of the features that are taken or left together: those of one map of one base. */
export interface Source {
  /** The layer whose map it is. */
  readonly name: string;
  readonly parts: readonly PlacedPart[];
  readonly optional: boolean;
}

/** What each source's values are multiplied by, by its name; 0 where it is left out. */
export type Blend = Readonly<Record<string, number>>;

/** The parts of features by the map that they are of. */
export function sourcesOf(parts: readonly PlacedPart[]): Source[] {
  const layers = [...new Set(parts.map(({ part }) => part.layer))];
  return layers.map((name) => {
    const own = parts.filter(({ part }) => part.layer === name);
    return { name, parts: own, optional: own.every(({ part }) => part.optional) };
  });
}

/** Added to the diagonal as a share of its mean: examples that are alike would leave no triangle. */
const ridge = 1e-5;

/**
 * Examples by their inner products alone. Linear classifiers that are held back by the length of their weights see no
 * more of the examples (the representer theorem: Schölkopf, Herbrich & Smola 2001), so that a blend of many thousands of
 * features takes no longer than one of as many features as there are examples: of a blend the inner products are the sum
 * of its sources', each times its weight squared.
 */
export class FeatureBlends {
  readonly #products = new Map<string, Float32Array>();
  readonly #sources: readonly Source[];
  readonly #values: Float32Array;
  readonly #width: number;
  readonly #mean: Float32Array;
  readonly size: number;

  constructor(examples: Examples, sources: readonly Source[]) {
    this.size = examples.size;
    this.#sources = sources;
    this.#width = examples.shape[0]!;
    this.#values = examples.read([...examples.labels.keys()]);
    this.#mean = featureStatistics(examples).mean;
    for (const source of sources) this.#products.set(source.name, this.#productsOf(source));
  }

  /**
   * The examples in coordinates of their own, [size, size]: their inner products are those of the blend, scaled so that
   * an example's own is 1 on average.
   */
  coordinates(blend: Blend): {
    readonly values: Float32Array;
    readonly triangle: Float64Array;
    readonly scale: number;
  } {
    const { size } = this;
    const sum = new Float64Array(size * size);
    for (const [name, products] of this.#products) {
      const square = (blend[name] ?? 0) ** 2;
      if (square > 0) for (let i = 0; i < sum.length; i++) sum[i]! += square * products[i]!;
    }
    let trace = 0;
    for (let i = 0; i < size; i++) trace += sum[i * size + i]!;
    const scale = Math.sqrt(size / trace);
    for (let i = 0; i < sum.length; i++) sum[i]! *= scale * scale;
    for (let i = 0; i < size; i++) sum[i * size + i]! += ridge;
    const triangle = choleskyFactor(sum, size);
    return { values: Float32Array.from(triangle), triangle, scale };
  }

  /**
   * A kernel on coordinates as one on the blend's features: those of the sources with a weight, one after the other, each
   * less its mean, times weight and scale.
   *
   * @param kernel [size, classes].
   * @returns [features, classes].
   */
  kernelOf(
    blend: Blend,
    { triangle, scale }: { readonly triangle: Float64Array; readonly scale: number },
    kernel: Float64Array,
  ): Float64Array {
    const classes = kernel.length / this.size;
    const shares = Float32Array.from(solveLowerTransposed(triangle, this.size, kernel, classes));
    const blocks = this.#sources
      .filter(({ name }) => (blend[name] ?? 0) > 0)
      .flatMap((source) =>
        source.parts.map((part) =>
          tf.tidy(() => {
            const values = this.#centred([part]);
            const product = tf.matMul(values, tf.tensor2d(shares, [this.size, classes]), true);
            return tf.mul(product, blend[source.name]! * scale).dataSync() as Float32Array;
          }),
        ),
      );
    return Float64Array.from(blocks.flatMap((block) => [...block]));
  }

  #productsOf({ parts }: Source): Float32Array {
    return tf.tidy(() => {
      const values = this.#centred(parts);
      return tf.matMul(values, values, false, true).dataSync() as Float32Array;
    });
  }

  #centred(parts: readonly PlacedPart[]): Tensor2D {
    const places = parts.flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i));
    const values = new Float32Array(this.size * places.length);
    for (let i = 0; i < this.size; i++) {
      for (const [f, place] of places.entries()) {
        values[i * places.length + f] = this.#values[i * this.#width + place]! - this.#mean[place]!;
      }
    }
    return tf.tensor2d(values, [this.size, places.length]);
  }
}
