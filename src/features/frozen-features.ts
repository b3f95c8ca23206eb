import path from 'node:path';
import { bytesPerValue } from '../arithmetic/cost.js';
import { peakLiveValues } from '../summary/network-memory.js';
import sharp from '../runtime/sharp.js';
import { type DecodeOptions, decoderVersion, type ResizeMode } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import { describeDevice } from '../runtime/device.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { BatchSize, batchSizeFor } from './batch-size.js';
import { computeVersion, type FeatureKey } from './feature-key.js';
import { type Extractor, pixelExtractor } from './extract.js';
import { computeFeatures, type StoredFeatures } from './stored-features.js';
import type { FeatureOptions } from './options.js';
import type { PictureOptions } from '../data/options.js';
import { decidePrecision } from './decide-precision.js';
import type { ChosenPrecision } from './precision-records.js';
import { type FrozenPart, frozenKey, openPrefix, type PrefixSettings } from './frozen-extractor.js';
import type { Hooks } from '../runtime/progress.js';

/** How pictures become features: their size and what computes them. */
type ExtractionOptions = FeatureOptions & Pick<PictureOptions, 'resize'>;

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
  const [height, width] = frozen.network.layers[0]!.shape as [number, number, number];
  const decode = { height, width, channels: 3, resize: options.resize } as const;
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
    const settled = { frozen, settings: chosen.settings, decode };
    const features = await featuresThrough(prefix, settled, pictures, options, hooks);
    return { ...features, ...chosen, decode, seconds: (performance.now() - started) / 1000 };
  } finally {
    prefix.dispose();
  }
}

/** A frozen part of which it is settled how it computes, and on what. */
export interface SettledPart {
  readonly frozen: FrozenPart;
  readonly settings: PrefixSettings;
  readonly decode: DecodeOptions;
}

/** Sends pictures through a frozen part as it is, or finds what it made of them in the cache. */
export async function extractSettled(
  settled: SettledPart,
  pictures: readonly Picture[],
  options: FeatureOptions,
  hooks: Hooks,
): Promise<StoredFeatures> {
  const prefix = openPrefix(settled.frozen, settled.settings);
  try {
    return await featuresThrough(prefix, settled, pictures, options, hooks);
  } finally {
    prefix.dispose();
  }
}

async function featuresThrough(
  extractor: Extractor,
  { frozen, settings, decode }: SettledPart,
  pictures: readonly Picture[],
  options: FeatureOptions,
  hooks: Hooks,
): Promise<StoredFeatures> {
  const batchSize = batchSizeOf(frozen, options);
  const key = frozenFeatureKey(frozen, settings, decode);
  const extracting = { extractor, batchSize, stage: 'Computing features' } as const;
  const features = await computeFeatures(pictures, key, extracting, options, hooks);
  const known = pictures.length - features.computed;
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
  const decode = { height: 32, width: 32, channels: 3, resize } as const;
  const pictures = allPictures(split);
  return computeFeatures(
    pictures,
    { of: 'pixels', precision: 'float32', decode, decoder, compute: { version: computeVersion } },
    { extractor: pixelExtractor(decode), batchSize: new BatchSize(64), stage: 'Looking for copies' },
    options,
    hooks,
  );
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
    compute: { version: computeVersion, tensorflow: nativeBinding().TF_Version },
  };
}

export function batchSizeOf({ network }: FrozenPart, { extractBatchSize }: FeatureOptions): BatchSize {
  if (extractBatchSize !== 'auto') return new BatchSize(extractBatchSize);
  const { used, memory, card } = describeDevice();
  return batchSizeFor(used, bytesPerValue * peakLiveValues(network), used === 'gpu' ? card?.memory : memory);
}

function allPictures({ train, validation, test }: Split): Picture[] {
  return [...train, ...validation, ...test];
}
