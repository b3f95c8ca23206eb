import type { Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';

/** A training picture that is near another. */
export interface Neighbour {
  /** Its place among the training pictures. */
  readonly place: number;
  /** The cosine of the angle between both pictures' features, at most 1. */
  readonly similarity: number;
}

/** Features of pictures to find the nearest among, by the cosine; exact, one matrix product. */
export class NearestPictures {
  /** [features, pictures], each column of length 1. */
  readonly #columns: Tensor2D;
  readonly #size: number;

  /** @param values one picture after the other. @param size how many. */
  constructor(values: Float32Array, size: number) {
    this.#size = size;
    this.#columns = tf.tidy(() => unit(tf.tensor2d(values, [size, values.length / size])).transpose());
  }

  /** @param features [pictures, features]. @returns for each the nearest `most`, the nearest first. */
  of(features: Tensor2D, most: number): Neighbour[][] {
    const { values, indices } = tf.tidy(() => {
      const cosines = unit(features).matMul(this.#columns);
      const top = tf.topk(cosines, Math.min(most, this.#size));
      return { values: top.values.arraySync() as number[][], indices: top.indices.arraySync() as number[][] };
    });
    return values.map((row, i) =>
      row.map((similarity, k) => ({ place: indices[i]![k]!, similarity: Math.min(1, similarity) })),
    );
  }

  dispose(): void {
    this.#columns.dispose();
  }
}

function unit(rows: Tensor2D): Tensor2D {
  return rows.div(rows.norm('euclidean', 1, true).maximum(1e-12)) as Tensor2D;
}
