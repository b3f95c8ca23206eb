import { altered } from '../data/augmentation/apply.js';
import { drawAlteration, unaltered } from '../data/augmentation/alteration.js';
import { augmentationOf, augmentationText } from '../data/augmentation/kinds.js';
import { type DecodeOptions, decodePicture } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import { beforeAltering, storedView, viewOf } from '../features/augmented-features.js';
import { Random } from '../runtime/random.js';
import sharp from '../runtime/sharp.js';
import type { ResolvedOptions } from './options.js';
import type { AugmentedSamples } from './record.js';

const [mostPictures, mostLooks, side] = [3, 6, 112];

/**
 * Some training pictures with altered looks of them: the very ones that were stored, or, where every epoch draws new ones,
 * ones of the same kind. Undefined when nothing was altered.
 *
 * @param stored how many looks were stored; 0 where they are drawn anew.
 */
export async function augmentedSamples(
  train: readonly Picture[],
  decode: DecodeOptions,
  { augment, seed }: Pick<ResolvedOptions, 'augment' | 'seed'>,
  stored: number,
): Promise<AugmentedSamples | undefined> {
  const augmentation = augmentationOf(augment);
  if (augmentation.alterations.length === 0) return undefined;
  const random = new Random(seed).fork('samples');
  const looks = Math.min(mostLooks, stored || mostLooks);
  const rows = [];
  for (const picture of random.shuffle(train).slice(0, mostPictures)) {
    const larger = { ...beforeAltering(decode), channels: 3 } as const;
    const values = await decodePicture(picture.file, larger).catch(() => undefined);
    if (!values) continue; // gone since it was read
    const drawn = Array.from({ length: looks }, (_, i) =>
      stored > 0
        ? viewOf(picture, storedView(augmentation, seed, i + 1))
        : drawAlteration(augmentation, random),
    );
    const pictures = [unaltered, ...drawn].map((one) =>
      jpegOf(altered({ ...larger, values }, one, decode.height, decode.width), decode),
    );
    rows.push({ path: picture.path, pictures: await Promise.all(pictures) });
  }
  return { how: augmentationText(augmentation), rows };
}

function jpegOf(pixels: Uint8Array, { height, width }: DecodeOptions): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(side, side)
    .jpeg({ quality: 78 })
    .toBuffer();
}
