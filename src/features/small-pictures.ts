import { finest, type GreyPicture, greyPicture } from '../data/copies/grey-picture.js';
import type { DecodeOptions } from '../data/decode.js';
import type { FileFacts } from '../data/inspect.js';
import type { Picture } from '../data/pictures.js';
import type { Hooks } from '../runtime/progress.js';
import { writePixels } from './pixel-file.js';

const look = {
  height: finest,
  width: finest,
  channels: 1,
  resize: 'squash',
} as const satisfies DecodeOptions;

/** Grey pictures, read when they are needed. */
export interface SmallPictures {
  /** Undefined where it cannot be decoded. */
  read(picture: Picture): GreyPicture | undefined;
  close(): void;
}

/** So many are held: pairs come in the order of one of their pictures. */
const held = 64;

export async function smallPictures(
  pictures: readonly Picture[],
  facts: ReadonlyMap<string, FileFacts>,
  hooks: Hooks,
): Promise<SmallPictures> {
  const pixels = await writePixels(pictures, look, hooks);
  const recent = new Map<string, GreyPicture>();
  return {
    read(picture) {
      const { digest } = picture;
      let grey = recent.get(digest);
      if (!grey && pixels.has(picture)) {
        const { width, height } = facts.get(digest) ?? { width: 1, height: 1 };
        grey = greyPicture(pixels.read(picture), width / height);
        if (recent.size >= held) recent.delete(recent.keys().next().value!);
      }
      if (grey) {
        recent.delete(digest); // the last one again
        recent.set(digest, grey);
      }
      return grey;
    },
    close: pixels.close,
  };
}
