import { findLookAlikes } from '../data/duplicates.js';
import { type Fingerprint, fingerprintOf, isPlain } from '../data/fingerprint.js';
import type { Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import type { FeatureStore } from './feature-store.js';

/** The fingerprint of every picture of a split, by digest, from stored 32×32 pixels. */
export function fingerprintsOf(pixels: FeatureStore, split: Split): ReadonlyMap<string, Fingerprint> {
  const [height, width, channels] = pixels.shape as [number, number, 1 | 3];
  const fingerprints = new Map<string, Fingerprint>();
  for (const { digest } of [...split.train, ...split.validation, ...split.test]) {
    if (fingerprints.has(digest) || !pixels.has(digest)) continue;
    const values = Uint8Array.from(pixels.read([digest]), (value) => Math.round(255 * value));
    fingerprints.set(digest, fingerprintOf(values, { height, width, channels }));
  }
  return fingerprints;
}

/** Held-out pictures that look the same as a picture that was trained on or chose, each with one such. */
export function findNearDuplicates(
  fingerprints: ReadonlyMap<string, Fingerprint>,
  split: Split,
): { readonly trained: string; readonly heldOut: string }[] {
  const known = (pictures: readonly Picture[]) => pictures.filter(({ digest }) => fingerprints.has(digest));
  const of = ({ digest }: Picture) => fingerprints.get(digest)!;
  const [seen, heldOut] = [known([...split.train, ...split.validation]), known(split.test)];
  return findLookAlikes(seen.map(of), heldOut.map(of)).flatMap((place, i) =>
    place === undefined ? [] : [{ trained: seen[place]!.path, heldOut: heldOut[i]!.path }],
  );
}

/** Those of the pictures in which there is nothing to see. */
export function plainPictures(
  pictures: readonly Pick<Picture, 'path' | 'digest'>[],
  fingerprints: ReadonlyMap<string, Fingerprint>,
): string[] {
  const isOne = ({ digest }: Pick<Picture, 'digest'>) => {
    const fingerprint = fingerprints.get(digest);
    return fingerprint !== undefined && isPlain(fingerprint);
  };
  return pictures.filter(isOne).map(({ path }) => path);
}
