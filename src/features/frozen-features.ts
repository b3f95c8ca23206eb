import path from 'node:path';
import { bytesPerValue } from '../arithmetic/cost.js';
import { peakLiveValues } from '../summary/network-memory.js';
import sharp from '../runtime/sharp.js';
import { type DecodeOptions, decoderVersion, type ResizeMode } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import type { Network } from '../models/network.js';
import { describeDevice } from '../runtime/device.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { BatchSize, batchSizeFor } from './batch-size.js';
import { bfloat16Version, computeVersion, type FeatureKey } from './feature-key.js';
import { type Extractor, pixelExtractor } from './extract.js';
import { computeFeatures, type StoredFeatures } from './stored-features.js';
import type { FeatureOptions } from './options.js';
import type { PictureOptions } from '../data/options.js';
import { decidePrecision } from './decide-precision.js';
import type { ChosenPrecision } from './precision-records.js';
import {
  type FrozenPart,
  frozenKey,
  openPrefix,
  precisionText,
  type PrefixSettings,
} from './frozen-extractor.js';
import type { Hooks } from '../runtime/progress.js';

/** How pictures become features: their size and what computes them. */
export type ExtractionOptions = FeatureOptions & Pick<PictureOptions, 'resize'>;

/** What the frozen part makes of every picture, and how. */
export interface FrozenFeatures extends StoredFeatures, ChosenPrecision {
  readonly decode: DecodeOptions;
  readonly seconds: number;
}

/** Sends the pictures through the frozen part of the base, or finds what it made of them in the cache. */
export async function extractFrozen(
  frozen: FrozenPart,
  split: Split,
  options: ExtractionOptions,
  checkpointFolder: string,
  hooks: Hooks,
): Promise<FrozenFeatures> {
  const started = performance.now();
  const decode = decodeFor(frozen, options.resize);
  const pictures = allPictures(split);
  const total = pictures.length;
  const { prefix: compiled, ...chosen } = await decidePrecision(
    frozen,
    decode,
    { train: split.train, total },
    options,
    path.join(checkpointFolder, 'precision.json'),
    hooks,
  );
  const prefix = openPrefix(frozen, chosen.settings, compiled);
  try {
    hooks.onProgress?.({ kind: 'note', message: `Precision ${chosen.reason}` });
    const storing = {
      key: frozenFeatureKey(frozen, chosen.settings, decode),
      batchSize: batchSizeOf(frozen.network, options),
    };
    const features = await featuresThrough(prefix, storing, pictures, options, hooks);
    return { ...features, ...chosen, decode, seconds: (performance.now() - started) / 1000 };
  } finally {
    prefix.dispose();
  }
}

/** Sends pictures through what makes features of them, or finds in the cache what it made. */
export async function featuresThrough(
  extractor: Extractor,
  { key, batchSize }: { readonly key: FeatureKey; readonly batchSize: BatchSize },
  pictures: readonly Picture[],
  options: FeatureOptions,
  hooks: Hooks,
): Promise<StoredFeatures> {
  const extracting = { extractor, batchSize, stage: 'Computing features' } as const;
  const features = await computeFeatures(pictures, key, extracting, options, hooks);
  const known = pictures.length - features.computed - features.shared;
  if (known > 0) {
    const message = `Features of ${known} of ${pictures.length} pictures were in the cache`;
    hooks.onProgress?.({ kind: 'note', message });
  }
  return features;
}

/** The pictures at LeNet-5's size: 32×32 as in the paper, in colour; small enough to find copies by, too. */
export function extractPixels(
  split: Split,
  resize: ResizeMode,
  options: FeatureOptions,
  hooks: Hooks,
): Promise<StoredFeatures> {
  const key = pixelFeatureKey(resize);
  return computeFeatures(
    allPictures(split),
    key,
    { extractor: pixelExtractor(key.decode), batchSize: new BatchSize(64), stage: 'Looking for copies' },
    options,
    hooks,
  );
}

/** What the pictures at LeNet-5's size are stored under. */
export function pixelFeatureKey(resize: ResizeMode): FeatureKey {
  const decode = { height: 32, width: 32, channels: 3, resize } as const;
  return { of: 'pixels', precision: 'float32', decode, decoder, compute: { version: computeVersion } };
}

/** Pictures as a frozen part takes them. */
export function decodeFor({ network }: FrozenPart, resize: ResizeMode): DecodeOptions {
  const [height, width] = network.layers[0]!.shape as [number, number, number];
  return { height, width, channels: 3, resize };
}

const decoder = { version: decoderVersion, libvips: sharp.versions.vips };

/** What is stored of a frozen part is stored under this. */
export function frozenFeatureKey(
  frozen: FrozenPart,
  settings: PrefixSettings,
  decode: DecodeOptions,
): FeatureKey {
  return {
    of: frozenKey(frozen),
    ...settings,
    decode,
    decoder,
    compute: {
      version: computeVersion,
      ...(precisionText(settings).includes('bfloat16') && { bfloat16: bfloat16Version }),
      tensorflow: nativeBinding().TF_Version,
    },
  };
}

/** How many pictures go through a network at once. */
export function batchSizeOf(network: Network, { extractBatchSize }: FeatureOptions): BatchSize {
  if (extractBatchSize !== 'auto') return new BatchSize(extractBatchSize);
  const { used, memory, card } = describeDevice();
  return batchSizeFor(used, bytesPerValue * peakLiveValues(network), used === 'gpu' ? card?.memory : memory);
}

function allPictures({ train, validation, test }: Split): Picture[] {
  return [...train, ...validation, ...test];
}
