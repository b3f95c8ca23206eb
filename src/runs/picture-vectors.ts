import type { Picture, SkippedFile } from '../data/pictures.js';
import type { FeatureRows } from '../features/feature-store.js';
import { featuresThrough } from '../features/frozen-features.js';
import { featureOptions } from '../features/options.js';
import { type Rows, rowsFrom } from '../retrieval/rows.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { z } from 'zod';
import { openFeatureNetwork } from './feature-network.js';

/** Pictures with their vectors, which lie in the feature store. */
export interface PictureVectors {
  /** Those that could be used. */
  readonly pictures: readonly Picture[];
  readonly rows: Rows;
}

/**
 * The vectors of a folder's pictures and of those that are to be looked for: what a run's head, or the head on a network
 * of the zoo, reads. Those that no training and no search has computed before are computed now, and kept.
 *
 * @param given folder of a run, or a network of the zoo.
 * @throws UserError when there is no such network, or one of the two has no picture that can be used.
 */
export async function pictureVectors(
  given: string,
  collection: readonly Picture[],
  queries: readonly Picture[],
  hooks: Hooks,
): Promise<{
  readonly collection: PictureVectors;
  readonly queries: PictureVectors;
  readonly broken: readonly SkippedFile[];
  close(): void;
}> {
  const { extractor, key, batchSize } = await openFeatureNetwork(given, hooks);
  const options = z.object(featureOptions).parse({});
  const storing = { key, batchSize: batchSize(options) };
  const all = new Map([...collection, ...queries].map((picture) => [picture.digest, picture]));
  const { store, broken, close } = await featuresThrough(
    extractor,
    storing,
    [...all.values()],
    options,
    hooks,
  ).finally(() => extractor.dispose());
  try {
    const usable = (pictures: readonly Picture[], what: string) => {
      const left = pictures.filter(({ digest }) => store.has(digest));
      if (left.length > 0) return { pictures: left, rows: storedRows(store, left) };
      const [first] = broken;
      const why = first ? `: ${first.path} is not usable (${first.reason})` : '';
      throw new UserError(`Expected ${what} that can be read but there are none${why}.`);
    };
    return {
      collection: usable(collection, 'pictures to look through'),
      queries: usable(queries, 'pictures to look for'),
      broken,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function storedRows(store: FeatureRows, pictures: readonly Picture[]): Rows {
  const width = store.shape[0]!;
  return rowsFrom(pictures.length, width, (start, end) =>
    store.read(pictures.slice(start, end).map(({ digest }) => digest)),
  );
}
