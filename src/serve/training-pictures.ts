import type { Picture } from '../data/pictures.js';
import { thumbnail } from '../runs/result.js';
import type { Neighbour } from './nearest.js';

/** The training pictures of a run, in the order of their features; where they lie is told to nobody. */
export class TrainingPictures {
  readonly #pictures: readonly Pick<Picture, 'file' | 'label'>[];
  readonly #labels: readonly string[];

  constructor(pictures: readonly Pick<Picture, 'file' | 'label'>[], labels: readonly string[]) {
    this.#pictures = pictures;
    this.#labels = labels;
  }

  get size(): number {
    return this.#pictures.length;
  }

  /** A neighbour as the API tells it. */
  describe({ place, similarity }: Neighbour): { label: string; similarity: number; picture: string } {
    const { label } = this.#pictures[place]!;
    return { label: this.#labels[label]!, similarity, picture: `api/training/${place}` };
  }

  /** A picture as a small JPEG; undefined when there is none at that place, or it has gone. */
  thumbnail(place: number): Promise<Buffer | undefined> {
    return thumbnail(this.#pictures[place]?.file, { side: 192, quality: 80 });
  }
}
