import { createHash } from 'node:crypto';
import path from 'node:path';
import { cacheFolder } from '../runtime/cache.js';
import { digestOf } from './feature-key.js';
import { FeaturesLost, FeatureStore } from './feature-store.js';
import type { FeatureOptions } from './options.js';

/** Rows of float32 values that are made of some bytes, and need not be made of them twice. */
export interface KeptRows {
  /**
   * What was made of these contents, or is made now.
   *
   * @param contents all that the values depend on besides the key that the rows were opened with.
   * @param make `count` rows, one after the other.
   */
  rows(contents: readonly Uint8Array[], count: number, make: () => Float32Array): Float32Array;
  /** What was made of these contents; undefined where nothing was, or it is no longer whole. */
  known(contents: readonly Uint8Array[], count: number): Float32Array | undefined;
  /** Keeps what was made of contents of which nothing is known. */
  add(contents: readonly Uint8Array[], count: number, values: Float32Array): void;
  /** Puts what was made into the cache. */
  close(): void;
}

/** What a network computes up to some layer, with what weights, and how; and whether what it computes is kept on disk. */
export interface Keeping extends Pick<FeatureOptions, 'cache'> {
  readonly key: object;
}

/**
 * Rows in the cache, beside the features and under the same limit; with --no-cache, or where the cache takes no files, in
 * memory until they are closed. What is kept comes out bit by bit as it was made.
 *
 * @param key all that the values depend on besides the contents: what makes them, and its version.
 * @param shape of one row.
 */
export function keptRows(
  key: object,
  shape: readonly number[],
  { cache }: Pick<FeatureOptions, 'cache'>,
): KeptRows {
  const made = new Map<string, Float32Array>();
  let full = false; // takes nothing more
  const store = cache ? openedStore(path.join(cacheFolder('features'), digestOf(key)), shape) : undefined;
  const find = (name: string, count: number): Float32Array | undefined => {
    const values = made.get(name) ?? (store && readIfThere(store, namesOf(name, count)));
    if (values) made.set(name, values);
    return values;
  };
  const keep = (name: string, count: number, values: Float32Array) => {
    if (store && !full) full = !written(() => store.add(namesOf(name, count), values));
    made.set(name, values);
  };
  return {
    rows(contents, count, make) {
      const name = nameOf(contents);
      const before = find(name, count);
      if (before) return before;
      const values = make();
      keep(name, count, values);
      return values;
    },
    known: (contents, count) => find(nameOf(contents), count),
    add: (contents, count, values) => keep(nameOf(contents), count, values),
    close() {
      made.clear();
      if (store) written(() => store.close());
    },
  };
}

/** Undefined where the cache belongs to somebody else, lies on a disk that is read only, or is full. */
function openedStore(folder: string, shape: readonly number[]): FeatureStore | undefined {
  let store: FeatureStore | undefined;
  written(() => (store = new FeatureStore(folder, shape)));
  return store;
}

/** Whether the disk took it. No run ends because it does not: what is kept here can be made again. */
function written(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined) return false;
    throw error;
  }
}

/** Undefined where a row is missing or damaged, or another run has evicted it. */
function readIfThere(store: FeatureStore, names: readonly string[]): Float32Array | undefined {
  if (!names.every((name) => store.has(name))) return undefined;
  try {
    return store.read(names);
  } catch (error) {
    if (error instanceof FeaturesLost) return undefined;
    throw error;
  }
}

function nameOf(contents: readonly Uint8Array[]): string {
  const digest = createHash('sha256');
  for (const part of contents) digest.update(`${part.length}:`).update(part);
  return digest.digest('hex').slice(0, 32);
}

function namesOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i} of ${count}`);
}
