import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Picture } from '../data/pictures.js';
import { cacheFolder, cacheRoot } from '../runtime/cache.js';
import { makeFolder } from '../runtime/make-folder.js';
import type { BatchSize } from './batch-size.js';
import { type FeatureKey, featureKeyDigest } from './feature-key.js';
import { evictFeatures, type FeatureRows, FeatureStore } from './feature-store.js';
import { type Extraction, type Extractor, extractFeatures } from './extract.js';
import type { FeatureOptions } from './options.js';
import { sharedRows } from './shared-features.js';
import { type Hooks, Interrupted, type Progress } from '../runtime/progress.js';

export interface StoredFeatures extends Extraction {
  readonly store: FeatureRows;
  /** How many of the pictures' features came from --store. */
  readonly shared: number;
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
  key: FeatureKey,
  { extractor, batchSize, stage }: Extracting,
  options: FeatureOptions,
  hooks: Hooks,
): Promise<StoredFeatures> {
  const { onProgress, signal } = hooks;
  const given =
    options.store === undefined
      ? undefined
      : await sharedRows(options.store, key, extractor, pictures, hooks);
  const name = featureKeyDigest(key);
  const cache = options.cache ? path.join(cacheFolder('features'), name) : undefined;
  if (cache) evictFeatures(path.dirname(cache), options.cacheLimit * 1e9);
  const temporary =
    cache && mayWriteTo(cache) ? undefined : fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-features-'));
  if (cache && temporary) {
    const message = `The cache '${cache}' can only be read: new features are not kept`;
    onProgress?.({ kind: 'note', message });
  }
  const { store, close } = openStore({ cache, temporary, shared: given?.folder }, extractor.shape);
  try {
    const extraction = await extractFeatures({
      pictures,
      decode: key.decode,
      extractor,
      store,
      batchSize,
      onProgress: ({ done, total }) => onProgress?.({ kind: 'work', stage, done, total, unit: 'pictures' }),
      ...(signal && { signal }),
    });
    const shared = pictures.filter(({ digest }) => given?.rows.has(digest)).length;
    return { ...extraction, store, shared, close };
  } catch (error) {
    close();
    if (signal?.aborted) throw new Interrupted(`${stage} was interrupted.`);
    throw error;
  }
}

/**
 * The store in the cache; or a new one in a temporary folder that goes with it, on top of what a cache holds. Either on
 * top of what other machines have computed.
 */
function openStore(
  {
    cache,
    temporary,
    shared,
  }: { cache: string | undefined; temporary: string | undefined; shared: string | undefined },
  shape: readonly number[],
): { store: FeatureStore; close: () => void } {
  const removeTemporary = () => {
    if (temporary) fs.rmSync(temporary, { recursive: true, force: true });
  };
  try {
    const borrowed = [shared, temporary && cache].filter((folder) => folder !== undefined);
    const store = new FeatureStore(temporary ?? cache!, shape, borrowed);
    const close = () => {
      try {
        store.close();
      } finally {
        removeTemporary();
      }
    };
    return { store, close };
  } catch (error) {
    removeTemporary();
    throw error;
  }
}

/** Whether the folder is there, or can be made, and takes files: a cache may be another user's. */
function mayWriteTo(folder: string): boolean {
  try {
    makeFolder(folder);
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch (error) {
    const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (isForbidden && fs.existsSync(cacheRoot())) return false;
    throw error;
  }
}
