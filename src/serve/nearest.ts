import type { Tensor2D } from '@tensorflow/tfjs';
import { type CentredCosine, centredCosineOf } from '../retrieval/centred.js';
import { rowsInMemory } from '../retrieval/rows.js';
import { tf } from '../runtime/tensorflow.js';

/** A training picture that is near another. */
export interface Neighbour {
  /** Its place among the training pictures. */
  readonly place: number;
  /** From −1 to 1, as `CentredCosine` compares. */
  readonly similarity: number;
}

/** Features of pictures to find the nearest among, compared as a search compares them; exact, one matrix product. */
export class NearestPictures {
  /** [pictures, features], made comparable. */
  readonly #rows: Tensor2D;
  readonly #cosine: CentredCosine;

  private constructor(rows: Tensor2D, cosine: CentredCosine) {
    this.#rows = rows;
    this.#cosine = cosine;
  }

  /** @param values one picture after the other. @param size how many. */
  static async among(values: Float32Array, size: number): Promise<NearestPictures> {
    const width = values.length / size;
    const cosine = await centredCosineOf(rowsInMemory(values, width));
    return new NearestPictures(tf.tensor2d(cosine.apply(values), [size, width]), cosine);
  }

  /** @param features a row a picture. @returns for each the nearest `most`, the nearest first. */
  of(features: readonly (readonly number[])[], most: number): Neighbour[][] {
    const [size, width] = this.#rows.shape;
    const asked = this.#cosine.apply(Float32Array.from(features.flat()));
    const { values, indices } = tf.tidy(() => {
      const cosines = tf.tensor2d(asked, [features.length, width]).matMul(this.#rows, false, true);
      const top = tf.topk(cosines, Math.min(most, size));
      return { values: top.values.arraySync() as number[][], indices: top.indices.arraySync() as number[][] };
    });
    return values.map((row, i) =>
      row.map((similarity, k) => ({ place: indices[i]![k]!, similarity: Math.min(1, similarity) })),
    );
  }

  dispose(): void {
    this.#rows.dispose();
  }
}
