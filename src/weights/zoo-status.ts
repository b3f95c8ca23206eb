import { statSync } from 'node:fs';
import { type CatalogueEntry, catalogue } from './catalogue.js';
import type { Environment } from './proxy.js';
import { isRemote, localFile } from './sources.js';

/** Which of the local sources have an entry's file. */
export interface ZooStatus {
  readonly entry: CatalogueEntry;
  readonly places: readonly {
    readonly kind: 'zoo' | 'file' | 'cache';
    readonly file: string;
    readonly bytes: number;
  }[];
}

/** What of the catalogue is on this machine, and where; nothing is read or verified. */
export function zooStatus(
  environment: Environment = process.env,
  entries: readonly CatalogueEntry[] = catalogue,
): ZooStatus[] {
  return entries.map((entry) => ({
    entry,
    places: entry.sources.flatMap((source) => {
      if (isRemote(source)) return [];
      const file = localFile(source, entry, environment);
      const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
      return stats?.isFile() ? [{ kind: source.kind, file: file!, bytes: stats.size }] : [];
    }),
  }));
}
