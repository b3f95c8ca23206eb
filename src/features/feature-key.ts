import { createHash } from 'node:crypto';
import type { DecodeOptions } from '../data/decode.js';
import type { Calibration } from './calibrate.js';
import type { Layer } from '../models/network.js';
import type { Preprocessing } from '../models/preprocessing.js';

/**
 * Rises when the same network, weights and picture come out with other features than before, so that stored ones are
 * not used again: when the forward pass, the folding of batch norms or a low precision's arithmetic changes.
 */
export const computeVersion = 2;

/** What a frozen network computes with: all that its activations depend on, besides the pictures and the precision. */
export interface FrozenKey {
  /** Every layer up to the cut, with its constants; the last one is the cut. */
  readonly layers: readonly Layer[];
  /** `canonicalDigest` of the weights as they were published. */
  readonly weights: string;
  readonly preprocessing: Preprocessing;
}

/** All that stored features depend on, besides the picture. Nothing that changes them may be missing here. */
export interface FeatureKey {
  /** The frozen network, or the pixels themselves. */
  readonly of: FrozenKey | 'pixels';
  readonly precision: string;
  /** What an int8 network was quantised with. */
  readonly calibration?: Calibration;
  /** Size, way of resizing and view of the picture. */
  readonly decode: DecodeOptions;
  /** The code that makes pixels of a picture. */
  readonly decoder: { readonly version: number; readonly libvips: string };
  /** The code that makes features of pixels. */
  readonly compute: { readonly version: number; readonly tensorflow?: string };
}

/** The name of a store. */
export function featureKeyDigest(key: FeatureKey): string {
  return digestOf(key);
}

/** A digest of plain data, whatever the order in which its properties were written down. */
export function digestOf(data: unknown): string {
  const sorted = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(data, sorted)).digest('hex').slice(0, 32);
}
