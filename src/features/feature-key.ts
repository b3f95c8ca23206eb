import { createHash } from 'node:crypto';
import type { Augmentation } from '../data/augmentation/kinds.js';
import type { DecodeOptions } from '../data/decode.js';
import type { Calibration } from './calibrate.js';
import type { Layer } from '../models/network.js';
import type { Preprocessing } from '../models/preprocessing.js';

/**
 * Rises when the same network, weights and picture come out with other features than before, so that stored ones are
 * not used again: when the forward pass, the folding of batch norms or a low precision's arithmetic changes.
 */
export const computeVersion = 2;

/** The same of bfloat16 alone: 2 since tiles of an operation of ours compute in it, which sum in another order. */
export const bfloat16Version = 2;

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
  /** Of several networks side by side, how each computes. */
  readonly branches?: object;
  /** Size, way of resizing and view of the picture. */
  readonly decode: DecodeOptions;
  /** How pictures were altered after decoding; absent: not at all. */
  readonly view?: AugmentedView;
  /** The code that makes pixels of a picture. */
  readonly decoder: { readonly version: number; readonly libvips: string };
  /** The code that makes features of pixels. */
  readonly compute: { readonly version: number; readonly bfloat16?: number; readonly tensorflow?: string };
}

/** One of several looks that every picture has, each its own. */
export interface AugmentedView extends Omit<Augmentation, 'mixup'> {
  readonly seed: number;
  /** From 1 on. */
  readonly number: number;
  /** Of the code that alters. */
  readonly version: number;
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
