import { altered } from '../data/augmentation/apply.js';
import { drawAlteration } from '../data/augmentation/alteration.js';
import type { Augmentation } from '../data/augmentation/kinds.js';
import type { DecodeOptions } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import type { Extractor } from './extract.js';
import type { AugmentedView } from './feature-key.js';
import { type FrozenPart, openPrefix, type PrefixSettings } from './frozen-extractor.js';
import { batchSizeOf, frozenFeatureKey } from './frozen-features.js';
import type { FeatureOptions } from './options.js';
import { computeFeatures, type StoredFeatures } from './stored-features.js';

/** Rises when the same view of a picture comes out with other pixels than before. */
const alterationVersion = 1;

/** Pictures that are to be cropped are decoded so much larger: 256 for 224. */
export function beforeAltering({ height, width, ...rest }: DecodeOptions): DecodeOptions {
  const larger = (side: number) => Math.round((side * 8) / 7);
  return { ...rest, height: larger(height), width: larger(width) };
}

/**
 * What a frozen part makes of altered pictures: `count` looks of each, every picture's own, by the seed and the
 * picture's bytes alone. They are stored as features of plain pictures are, so a second run finds them.
 */
export async function extractViews(
  {
    frozen,
    settings,
    decode,
  }: {
    readonly frozen: FrozenPart;
    readonly settings: PrefixSettings;
    readonly decode: DecodeOptions;
  },
  pictures: readonly Picture[],
  { augmentation, count, seed }: { augmentation: Augmentation; count: number; seed: number },
  options: FeatureOptions,
  hooks: Hooks,
): Promise<StoredFeatures[]> {
  const prefix = openPrefix(frozen, settings);
  const stored: StoredFeatures[] = [];
  try {
    for (let number = 1; number <= count; number++) {
      const view = storedView(augmentation, seed, number);
      const larger = beforeAltering(decode);
      const key = { ...frozenFeatureKey(frozen, settings, larger), view };
      const extractor = alteringExtractor(prefix, view, { from: larger, to: decode });
      const stage = 'Computing features of altered pictures' as const;
      const extracting = { extractor, batchSize: batchSizeOf(frozen.network, options), stage };
      stored.push(await computeFeatures(pictures, key, extracting, options, hooks));
    }
    return stored;
  } catch (error) {
    for (const one of stored) one.close();
    throw error;
  } finally {
    prefix.dispose();
  }
}

/** The `number`th of the looks that are stored, from 1 on. */
export function storedView(
  { alterations, leastArea }: Augmentation,
  seed: number,
  number: number,
): AugmentedView {
  return { alterations, leastArea, seed, number, version: alterationVersion };
}

/** How a picture looks in a stored view: one and the same, whenever it is asked for. */
export function viewOf(picture: Picture, view: AugmentedView) {
  const random = new Random(view.seed).fork(`view ${view.number} of ${picture.digest}`);
  return drawAlteration({ ...view, mixup: false }, random);
}

function alteringExtractor(
  inner: Extractor,
  view: AugmentedView,
  { from, to }: { readonly from: DecodeOptions; readonly to: DecodeOptions },
): Extractor {
  const size = from.height * from.width * from.channels;
  return {
    shape: inner.shape,
    run: (pixels, count, pictures) => {
      const out = new Uint8Array(count * to.height * to.width * to.channels);
      for (const [i, picture] of pictures!.entries()) {
        const values = pixels.subarray(i * size, (i + 1) * size);
        const one = altered({ ...from, values }, viewOf(picture, view), to.height, to.width);
        out.set(one, i * one.length);
      }
      return inner.run(out, count);
    },
  };
}
