import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { catalogue } from './catalogue.js';
import type { CatalogueEntry, Source } from './catalogue-entry.js';
import type { Environment } from './proxy.js';
import { isRemote, localFile } from './sources.js';

/** Which of the local sources have an entry's file. */
export interface ZooStatus {
  readonly entry: CatalogueEntry;
  readonly places: readonly {
    readonly kind: Source['kind'];
    readonly source: Source;
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
      return stats?.isFile()
        ? [{ kind: source.kind, source, file: file!, bytes: sizeOfModel(file!, stats.size) }]
        : [];
    }),
  }));
}

/** A TF.js model is a folder of files beside its model.json. */
function sizeOfModel(file: string, bytes: number): number {
  if (basename(file) !== 'model.json') return bytes;
  const folder = dirname(file);
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
