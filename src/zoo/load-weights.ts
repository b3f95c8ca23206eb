import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import type { Family } from '../models/published-names.js';
import { withLock, writeFileAtomic } from '../runtime/atomic-file.js';
import { cacheFolder } from '../runtime/cache.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { entriesFor, networkOf } from './catalogue.js';
import type { CatalogueEntry, Source } from './catalogue-entry.js';
import { isSystemError } from '../runtime/system-errors.js';
import { fileDigest } from '../runtime/file-digest.js';
import type { FetchProgress } from './fetch.js';
import { readSafetensorsMetadata } from '../formats/safetensors.js';
import { knownEntries } from './known-entries.js';
import { matchWeights } from './match.js';
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
import { safetensorsBytes } from '../formats/safetensors.js';
import { canonicalDigest, type Weights } from '../formats/tensors.js';
import { splitSet } from './weight-sets.js';

export interface LoadedWeights {
  /** By our names (`<layer>/kernel`, `<layer>/bias`), convolution kernels HWIO, in order of computation. */
  readonly weights: Weights;
  /** `canonicalDigest` of them: identifies the weights whatever file they came from. */
  readonly digest: string;
  /** Where they came from, for people. */
  readonly source: string;
  /** Licence and authors, for people. */
  readonly licence: string;
  /** Who published them, where that is known: it says how they want their pictures. */
  readonly family?: Family;
}

export interface LoadOptions {
  /** A weight file of the user's own, or the name of an entry of the catalogue, instead of the usual ones. */
  readonly file?: string;
  /** Ask nothing outside this machine. */
  readonly offline?: boolean;
  readonly onProgress?: (event: FetchProgress) => void;
  readonly environment?: SourceOptions['environment'];
  /** Ends a fetch. */
  readonly signal?: AbortSignal;
}

type Published = Omit<LoadOptions, 'file'>;

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
  const { file } = options;
  // A project's own entries are used when they are named, and are not even looked at otherwise.
  if (file === undefined) return loadPublished(entriesFor(model, network), network, options);
  const isFile = existsSync(splitSet(file).file);
  // To a file the list of names is of no use but for its licence.
  const known = knownEntries(
    isFile ? (message) => options.onProgress?.({ kind: 'note', message }) : undefined,
  );
  const named = isFile ? undefined : known.find(({ name }) => name === file);
  if (named) return loadPublished([matching(named, model)], network, options);
  const { weights, family, note } = await readWeights(network, file);
  if (note) options.onProgress?.({ kind: 'note', message: note });
  const digest = canonicalDigest(weights);
  const published = known.find((entry) => entry.digest === digest);
  return {
    weights,
    digest,
    source: file,
    licence: published ? licenceOf(published) : 'not known: a file of your own',
    ...(family && { family }),
  };
}

function matching(entry: CatalogueEntry, model: string): CatalogueEntry {
  if (entry.model === model) return entry;
  throw new UserError(
    `Expected weights of ${model} but '${entry.name}' are those of ${entry.model}. Use --base ${entry.model}.`,
  );
}

/**
 * As `loadWeights`, for entries of a catalogue in order: first what is on this machine of any of them, then each
 * from its remote sources. What a remote source gave is kept in the cache.
 */
export async function loadPublished(
  entries: readonly CatalogueEntry[],
  network: Network,
  { offline = false, onProgress, environment = process.env, signal }: Published = {},
): Promise<LoadedWeights> {
  const options: SourceOptions = {
    environment,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  };
  const failures = new Map<string, string>();
  const tryEach = async (
    entry: CatalogueEntry,
    sources: readonly Source[],
  ): Promise<LoadedWeights | undefined> => {
    for (const source of sources) {
      const name = describeSource(source, entry, environment);
      try {
        return await loadFrom(source, entry, network, options);
      } catch (error) {
        signal?.throwIfAborted();
        // A full disk or a forbidden folder is no fault of the source's: the next one would meet it too.
        if (isSystemError(error)) throw error;
        failures.set(name, messageOf(error));
        if (!(error instanceof Absent))
          onProgress?.({ kind: 'note', message: `${name}: ${messageOf(error)}` });
      }
    }
    return undefined;
  };

  for (const entry of entries) {
    const found = await tryEach(
      entry,
      entry.sources.filter((source) => !isRemote(source)),
    );
    if (found) return found;
  }
  for (const entry of entries) {
    const away = entry.sources.filter(isRemote);
    if (offline) {
      for (const source of away)
        failures.set(describeSource(source, entry, environment), 'not asked, offline');
    } else if (away.length > 0) {
      // Another process may have fetched them while this one waited for the lock.
      const cached = entry.sources.filter(({ kind }) => kind === 'cache');
      const fetched = await withCacheLock(entry, options, () => tryEach(entry, [...cached, ...away]));
      if (fetched) return fetched;
    }
  }
  throw notFound(entries, failures);
}

/**
 * Makes sure that the cache has published weights of a network, as `loadPublished` finds them: first what is on this machine.
 *
 * @returns what they are called in the zoo, and their file in the cache.
 * @throws UserError when they cannot be had.
 */
export async function keepPublished(
  model: string,
  network: Network,
  options: Published = {},
): Promise<{ readonly name: string; readonly file: string }> {
  const { environment = process.env } = options;
  const entries = entriesFor(model, network);
  for (const offline of options.offline ? [true] : [true, false]) {
    for (const entry of entries) {
      const whole = networkOf(entry);
      const loading = loadPublished([entry], whole, { ...options, offline });
      const loaded = await loading.catch((error: unknown) => {
        if (error instanceof UserError) return undefined;
        throw error;
      });
      if (!loaded) continue;
      const file = localFile({ kind: 'cache' }, entry, environment)!;
      if (!existsSync(file)) {
        const { licence, attribution, family } = entry;
        const about = { licence, attribution, family, digest: loaded.digest };
        await writeFileAtomic(file, safetensorsBytes(loaded.weights, about));
      }
      return { name: entry.name, file };
    }
  }
  throw notFound(entries, new Map());
}

async function loadFrom(
  source: Source,
  entry: CatalogueEntry,
  network: Network,
  options: SourceOptions,
): Promise<LoadedWeights> {
  const name = describeSource(source, entry, options.environment);
  const file = await obtain(source, entry, options);
  const whole = entry.parameters === parameterCount(network) ? network : networkOf(entry);
  try {
    const { weights } = await readWeights(whole, file);
    const digest = canonicalDigest(weights);
    await verify(source, entry, file, digest);
    if (isUnsigned(source, entry)) {
      const message = `${entry.name}: nobody publishes a digest of the file; its names and shapes fit`;
      options.onProgress?.({ kind: 'note', message });
    }
    if (isRemote(source)) await keep(entry, weights, digest, options);
    const needed = matchWeights(network, weights, `'${file}'`);
    return {
      weights: needed,
      digest: whole === network ? digest : canonicalDigest(needed),
      source: name,
      licence: licenceOf(entry),
      family: entry.family,
    };
  } catch (error) {
    // Other errors (too many open files, a faulty disk, an interruption) say nothing of the file.
    const isWrong = error instanceof WrongDigest || (isUnsigned(source, entry) && error instanceof UserError);
    if (isWrong && source.kind === 'cache') await rm(file, { force: true }).catch(() => undefined);
    if (isWrong && isRemote(source)) await discardDownloads(entry, options.environment);
    throw error;
  }
}

/**
 * Reads an entry's weights from a source on this machine and checks that they are what was published.
 *
 * @returns their `canonicalDigest`.
 * @throws Error that says what is wrong with them.
 */
export async function verifySource(
  source: Source,
  entry: CatalogueEntry,
  environment: SourceOptions['environment'],
): Promise<string> {
  const file = await obtain(source, entry, { environment });
  const { weights } = await readWeights(networkOf(entry), file);
  const digest = canonicalDigest(weights);
  await verify(source, entry, file, digest);
  return digest;
}

/** The file holds other weights than were published. */
class WrongDigest extends Error {}

/** Throws unless the weights read from a file are the entry's: downloads have passed their own digest before. */
async function verify(source: Source, entry: CatalogueEntry, file: string, digest: string): Promise<void> {
  const published = source.kind === 'zoo' ? source.digest : undefined;
  const expected = entry.digest ?? (await digestSaid(source, file));
  if (expected === undefined ? !published : digest === expected) return;
  // either will do, and the file would have to be read once more
  if (published && (await fileDigest(file, published.algorithm)).startsWith(published.hex)) return;
  const wanted = expected
    ? `of digest ${expected}`
    : `in the published file with ${published!.algorithm.toUpperCase()} ${published!.hex}`;
  throw new WrongDigest(
    `expected the weights ${entry.name} ${wanted} but found ${expected ? digest : 'another file'}; ` +
      (source.kind === 'zoo' || source.kind === 'file' ? 'the file is not used' : 'the file is deleted'),
  );
}

/** Whether nothing says what the weights must be, beyond their names and shapes. */
function isUnsigned(source: Source, entry: CatalogueEntry): boolean {
  if (entry.digest !== undefined || source.kind === 'cache' || source.kind === 'file') return false;
  return source.digest === undefined && (source.kind !== 'zoo' || source.weights === undefined);
}

/** What a source itself says its weights hash to: the cache's files say what they held when they were verified. */
async function digestSaid(source: Source, file: string): Promise<string | undefined> {
  if (source.kind === 'zoo') return source.weights;
  if (source.kind === 'cache') return (await readSafetensorsMetadata(file))['digest'];
  return undefined;
}

/** Puts verified weights into the cache. A full disk costs the next run a fetch, not this one its weights. */
async function keep(
  entry: CatalogueEntry,
  weights: Weights,
  digest: string,
  { environment, onProgress }: SourceOptions,
): Promise<void> {
  const file = localFile({ kind: 'cache' }, entry, environment)!;
  try {
    const { licence, attribution, family } = entry;
    await writeFileAtomic(file, safetensorsBytes(weights, { licence, attribution, family, digest }));
    await discardDownloads(entry, environment);
  } catch (error) {
    onProgress?.({ kind: 'note', message: `The weights cannot be kept in the cache: ${messageOf(error)}` });
  }
}

async function withCacheLock<T>(
  entry: CatalogueEntry,
  { environment, onProgress, signal }: SourceOptions,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(join(cacheFolder('weights', environment), `${entry.name}.lock`), work, {
    signal,
    onWait: () =>
      onProgress?.({ kind: 'note', message: `Another process is fetching ${entry.name}: waiting for it` }),
  });
}

function licenceOf({ licence, attribution }: CatalogueEntry): string {
  return `${licence} (${attribution})`;
}

function notFound(entries: readonly CatalogueEntry[], failures: ReadonlyMap<string, string>): UserError {
  const tried = [...failures].map(([source, reason]) => `\n  ${source}: ${reason}`).join('');
  const path = entries.map(zooPath).find((found) => found !== undefined);
  return new UserError(
    `Expected the weights ${entries.map(({ name }) => name).join(' or ')} from one of these sources but none gave ` +
      `them:${tried}\nFetch the file elsewhere and give it with --weights FILE` +
      `${path ? `, or put it at '${path}' in a folder and set FINETUNE_ZOO to that folder` : ''}.`,
  );
}
