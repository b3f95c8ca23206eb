import { differenceHash, nearDuplicates } from '../data/duplicates.js';
import type { Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import type { FeatureStore } from './feature-store.js';

/** Held-out pictures that look the same as a picture that was trained on or chose, by their stored 32×32 pixels. */
export function findNearDuplicates(
  pixels: FeatureStore,
  split: Split,
): { readonly trained: string; readonly heldOut: string }[] {
  const [height, width, channels] = pixels.shape as [number, number, 1 | 3];
  const hash = ({ digest }: Picture) => {
    const values = Uint8Array.from(pixels.read([digest]), (value) => Math.round(255 * value));
    return differenceHash(values, { height, width, channels });
  };
  const seen = [...split.train, ...split.validation];
  const pairs = nearDuplicates(seen.map(hash), split.test.map(hash));
  return pairs.map(({ a, b }) => ({ trained: seen[a]!.path, heldOut: split.test[b]!.path }));
}
