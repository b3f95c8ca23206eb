import fs from 'node:fs';
import path from 'node:path';
import type { Picture } from '../data/pictures.js';
import { sizeOf } from '../formats/tensors.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import type { Extractor } from './extract.js';
import { type FeatureKey, featureKeyDigest } from './feature-key.js';
import { readSegment, segmentEnding } from './feature-segment.js';
import { kindsOf } from './kind-folders.js';
import { machineKind } from './machine-kind.js';
import { usualShardBatch } from './shard.js';

/** Where a folder that machines share keeps all that was computed under a key, a folder for each kind of machine. */
export function keyFolder(store: string, key: FeatureKey): string {
  return path.join(store, 'features', featureKeyDigest(key));
}

/** What one kind of machine has computed of the pictures asked for. */
export interface SharedRows {
  readonly folder: string;
  readonly kind: string;
  /** Digests. */
  readonly rows: ReadonlySet<string>;
}

/**
 * Of the kinds of machine that have computed these pictures the one that has most of them: kinds round differently, so
 * that features of one are taken, and the rest is computed here. Says so where that means two kinds after all.
 *
 * @returns undefined when the folder has none of them.
 * @throws UserError when there is no such folder.
 */
export async function sharedRows(
  store: string,
  key: FeatureKey,
  extractor: Extractor,
  pictures: readonly Picture[],
  { onProgress }: Hooks,
): Promise<SharedRows | undefined> {
  if (!fs.statSync(store, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(
      `Expected --store to be a folder that finetune extract has filled but '${store}' is none. Check the path, or leave it out.`,
    );
  }
  const wanted = new Set(pictures.map(({ digest }) => digest));
  const kinds = kindsIn(keyFolder(store, key), extractor.shape, wanted);
  const [best] = kinds.sort((a, b) => b.rows.size - a.rows.size || (a.kind < b.kind ? -1 : 1));
  const what = key.of === 'pixels' ? 'small pictures for finding copies' : 'features';
  if (!best && (key.view !== undefined || key.decode.view !== undefined)) return undefined; // never in such a folder
  if (!best) {
    onProgress?.({
      kind: 'warning',
      message: `'${store}' has no ${what} of these pictures for this network, weights, size and precision: they are computed here. Were base, --input, --features, --pool, --precision and seed the same for finetune extract?`,
    });
    return undefined;
  }
  const missing = wanted.size - best.rows.size;
  if (missing === 0) {
    onProgress?.({ kind: 'note', message: `All ${what} come from '${store}'` });
    return best;
  }
  onProgress?.({
    kind: 'note',
    message: `'${store}' has the ${what} of ${best.rows.size} of ${wanted.size} pictures; the others are computed here`,
  });
  if ((await machineKind(extractor, key.decode, usualShardBatch)) !== best.kind) {
    onProgress?.({
      kind: 'warning',
      message: `The machines that filled '${store}' round differently from this one: ${missing} of ${wanted.size} pictures come out with other last digits than there. To have all from one kind, run finetune extract there once more.`,
    });
  }
  return best;
}

function kindsIn(folder: string, shape: readonly number[], wanted: ReadonlySet<string>): SharedRows[] {
  return kindsOf(folder).flatMap((place) => {
    const rows = new Set<string>();
    for (const file of fs.readdirSync(place)) {
      if (!file.endsWith(segmentEnding)) continue;
      const segment = readSegment(path.join(place, file), shape, 4 * sizeOf(shape));
      if (segment === undefined || segment === 'damaged') continue;
      for (const name of segment.names) if (wanted.has(name)) rows.add(name);
    }
    return rows.size > 0 ? [{ folder: place, kind: path.basename(place), rows }] : [];
  });
}
