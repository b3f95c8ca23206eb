import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Network } from '../models/network.js';
import { withLock, writeFileAtomic } from '../runtime/atomic-file.js';
import { cacheFolder } from '../runtime/cache.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { type CatalogueEntry, catalogue, entryFor, type Source } from './catalogue.js';
import type { FetchProgress } from './fetch.js';
import { readWeights } from './read-file.js';
import {
  Absent,
  describeSource,
  discardDownloads,
  isRemote,
  localFile,
  obtain,
  type SourceOptions,
  zooPath,
} from './sources.js';
import { tensorBytes } from './tensor-file.js';
import { canonicalDigest, type Weights } from './tensors.js';

export interface LoadedWeights {
  /** By our names (`<layer>/kernel`, `<layer>/bias`), convolution kernels HWIO, in order of computation. */
  readonly weights: Weights;
  /** `canonicalDigest` of them: identifies the weights whatever file they came from. */
  readonly digest: string;
  /** Where they came from, for people. */
  readonly source: string;
  /** Licence and authors, for people. */
  readonly licence: string;
}

export interface LoadOptions {
  /** A weight file of the user's own, instead of the published ones. */
  readonly file?: string;
  /** Ask nothing outside this machine. */
  readonly offline?: boolean;
  readonly onProgress?: (event: FetchProgress) => void;
  readonly environment?: SourceOptions['environment'];
}

/**
 * A network's pretrained weights: from a file of the user's own, else the published ones from the first source of
 * the catalogue that has them.
 *
 * @param model the network's name in the registry.
 * @throws UserError when the file does not fit, or when no source has the weights.
 */
export async function loadWeights(
  model: string,
  network: Network,
  options: LoadOptions = {},
): Promise<LoadedWeights> {
  if (options.file === undefined) return loadPublished(entryFor(model, network), network, options);
  const weights = await readWeights(network, options.file);
  const digest = canonicalDigest(weights);
  const published = catalogue.find((entry) => entry.digest === digest);
  return {
    weights,
    digest,
    source: options.file,
    licence: published ? licenceOf(published) : 'not known: a file of your own',
  };
}

/** As `loadWeights`, for one entry of a catalogue. What a remote source gave is kept in the cache. */
export async function loadPublished(
  entry: CatalogueEntry,
  network: Network,
  { offline = false, onProgress, environment = process.env }: Omit<LoadOptions, 'file'> = {},
): Promise<LoadedWeights> {
  const options: SourceOptions = { environment, ...(onProgress && { onProgress }) };
  const failures = new Map<string, string>();
  const tryEach = async (sources: readonly Source[]): Promise<LoadedWeights | undefined> => {
    for (const source of sources) {
      const name = describeSource(source, entry, environment);
      try {
        return await loadFrom(source, entry, network, options);
      } catch (error) {
        failures.set(name, messageOf(error));
        if (!(error instanceof Absent))
          onProgress?.({ kind: 'note', message: `${name}: ${messageOf(error)}` });
      }
    }
    return undefined;
  };

  const here = entry.sources.filter((source) => !isRemote(source));
  const away = entry.sources.filter(isRemote);
  const found = await tryEach(here);
  if (found) return found;
  if (offline) {
    for (const source of away) failures.set(describeSource(source, entry, environment), 'not asked, offline');
    throw notFound(entry, failures);
  }
  return withCacheLock(entry, options, async () => {
    // Another process may have fetched them while this one waited for the lock.
    const fetched = await tryEach([...here.filter(({ kind }) => kind === 'cache'), ...away]);
    if (!fetched) throw notFound(entry, failures);
    return fetched;
  });
}

async function loadFrom(
  source: Source,
  entry: CatalogueEntry,
  network: Network,
  options: SourceOptions,
): Promise<LoadedWeights> {
  const name = describeSource(source, entry, options.environment);
  const file = await obtain(source, entry, options);
  try {
    const weights = await readWeights(network, file);
    const digest = canonicalDigest(weights);
    if (entry.digest !== undefined && digest !== entry.digest) {
      throw new Error(
        `expected the weights ${entry.name} of digest ${entry.digest} but found ${digest}; ` +
          (source.kind === 'zoo' ? 'the file is not used' : 'the file is deleted'),
      );
    }
    if (isRemote(source)) await keep(entry, weights, options);
    return { weights, digest, source: name, licence: licenceOf(entry) };
  } catch (error) {
    if (source.kind === 'cache') await rm(file, { force: true });
    if (isRemote(source)) await discardDownloads(entry, options.environment);
    throw error;
  }
}

/** Puts verified weights into the cache. A full disk costs the next run a fetch, not this one its weights. */
async function keep(
  entry: CatalogueEntry,
  weights: Weights,
  { environment, onProgress }: SourceOptions,
): Promise<void> {
  const file = localFile({ kind: 'cache' }, entry, environment)!;
  try {
    const { licence, attribution } = entry;
    await writeFileAtomic(file, tensorBytes(weights, { licence, attribution }));
    await discardDownloads(entry, environment);
  } catch (error) {
    onProgress?.({ kind: 'note', message: `The weights cannot be kept in the cache: ${messageOf(error)}` });
  }
}

async function withCacheLock<T>(
  entry: CatalogueEntry,
  { environment, onProgress }: SourceOptions,
  work: () => Promise<T>,
): Promise<T> {
  const folder = cacheFolder('weights', environment);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `Expected to keep weights in '${folder}' but it cannot be made (${messageOf(error)}). ` +
        'Set FINETUNE_CACHE to a folder that you can write to.',
    );
  }
  return withLock(join(folder, `${entry.name}.lock`), work, {
    onWait: () =>
      onProgress?.({ kind: 'note', message: `Another process is fetching ${entry.name}: waiting for it` }),
  });
}

function licenceOf({ licence, attribution }: CatalogueEntry): string {
  return `${licence} (${attribution})`;
}

function notFound(entry: CatalogueEntry, failures: ReadonlyMap<string, string>): UserError {
  const tried = [...failures].map(([source, reason]) => `\n  ${source}: ${reason}`).join('');
  const path = zooPath(entry);
  return new UserError(
    `Expected the weights ${entry.name} from one of these sources but none gave them:${tried}\n` +
      'Fetch the file elsewhere and give it with --weights FILE' +
      `${path ? `, or put it at '${path}' in a folder and set FINETUNE_ZOO to that folder` : ''}.`,
  );
}
