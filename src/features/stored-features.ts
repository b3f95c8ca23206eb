import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DecodeOptions } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import { cacheFolder } from '../runtime/cache.js';
import type { BatchSize } from './batch-size.js';
import { evictFeatures, FeatureStore } from './feature-store.js';
import { type Extraction, type Extractor, extractFeatures, storeKey } from './extract.js';
import type { FeatureOptions } from './options.js';
import { type Hooks, Interrupted, type Progress } from '../runtime/progress.js';

export interface StoredFeatures extends Extraction {
  readonly store: FeatureStore;
  close(): void;
}

/** What makes the features. */
interface Extracting {
  readonly extractor: Extractor;
  readonly batchSize: BatchSize;
  readonly stage: Extract<Progress, { kind: 'work' }>['stage'];
}

/**
 * Sends every picture through the frozen part once, or finds it in the cache. With --no-cache the activations live
 * in a temporary folder that `close` removes.
 *
 * @throws Interrupted when the signal fires; what has been computed until then is in the cache.
 */
export async function computeFeatures(
  pictures: readonly Picture[],
  decode: DecodeOptions,
  { extractor, batchSize, stage }: Extracting,
  options: FeatureOptions,
  { onProgress, signal }: Hooks,
): Promise<StoredFeatures> {
  const root = options.cache
    ? cacheFolder('features')
    : fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-features-'));
  let store: FeatureStore | undefined;
  const close = () => {
    try {
      store?.close();
    } finally {
      if (!options.cache) fs.rmSync(root, { recursive: true, force: true });
    }
  };
  try {
    if (options.cache) evictFeatures(root, options.cacheLimit * 1e9);
    store = new FeatureStore(path.join(root, storeKey(extractor, decode)), extractor.shape);
    const extraction = await extractFeatures({
      pictures,
      decode,
      extractor,
      store,
      batchSize,
      onProgress: ({ done, total }) => onProgress?.({ kind: 'work', stage, done, total, unit: 'pictures' }),
      ...(signal && { signal }),
    });
    return { ...extraction, store, close };
  } catch (error) {
    close();
    if (signal?.aborted) throw new Interrupted(`${stage} was interrupted.`);
    throw error;
  }
}
