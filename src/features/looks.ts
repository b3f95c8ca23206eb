import { type Fingerprint, fingerprintOf } from '../data/fingerprint.js';
import { mirrorImages } from '../data/mirror-images.js';
import { isOneColour } from '../data/odd-pictures.js';
import type { Split } from '../data/split.js';
import type { FeatureRows } from './feature-store.js';

/** How the pictures of a split look. */
export interface Looks {
  /** By digest. */
  readonly fingerprints: ReadonlyMap<string, Fingerprint>;
  /** Of the mirror images. By digest. */
  readonly mirrored: ReadonlyMap<string, Fingerprint>;
  /** The digests of pictures of a single colour: there is nothing to see in them. */
  readonly plain: ReadonlySet<string>;
}

/** How the pictures of a split look, by their stored 32×32 pixels. */
export function lookAt(pixels: FeatureRows, split: Split): Looks {
  const [height, width, channels] = pixels.shape as [number, number, 1 | 3];
  const fingerprints = new Map<string, Fingerprint>();
  const mirrored = new Map<string, Fingerprint>();
  const plain = new Set<string>();
  for (const { digest } of [...split.train, ...split.validation, ...split.test]) {
    if (fingerprints.has(digest) || !pixels.has(digest)) continue;
    const stored = pixels.read([digest]);
    const values = new Uint8Array(stored.length);
    for (let i = 0; i < stored.length; i++) values[i] = Math.round(255 * stored[i]!);
    fingerprints.set(digest, fingerprintOf(values, { height, width, channels }));
    mirrored.set(
      digest,
      fingerprintOf(mirrorImages(values, { width, channels }), { height, width, channels }),
    );
    if (isOneColour(values, channels)) plain.add(digest);
  }
  return { fingerprints, mirrored, plain };
}
