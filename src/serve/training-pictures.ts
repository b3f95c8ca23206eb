import sharp from '../runtime/sharp.js';
import { decodePicture } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
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
  async thumbnail(place: number): Promise<Buffer | undefined> {
    const file = this.#pictures[place]?.file;
    if (file === undefined) return undefined;
    const side = 192;
    try {
      const pixels = await decodePicture(file, { height: side, width: side, channels: 3, resize: 'crop' });
      return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .jpeg({ quality: 80 })
        .toBuffer();
    } catch {
      return undefined;
    }
  }
}
