import { realpathSync } from 'node:fs';
import { digested, readCollection } from '../data/collection.js';
import { pathToOpen } from '../data/names.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import type { LayoutName } from '../data/split-names.js';
import { againWhenLost } from '../features/lost-features.js';
import { centredCosineOf } from '../retrieval/centred.js';
import { searchExactly } from '../retrieval/exact-search.js';
import { readAll } from '../retrieval/rows.js';
import { writeVectors } from '../retrieval/write-vectors.js';
import { pictureVectors } from '../runs/picture-vectors.js';
import { closingAll } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';

export interface SimilarOptions {
  /** The folder that is looked through. */
  readonly in: string;
  /** How many answers a query gets; 10 unless told. */
  readonly top?: number;
  /** What the folders of `in` are; where that can't be told, its pictures have no labels. */
  readonly layout?: LayoutName;
  /** A NumPy file for the vectors that are compared, to search them with another index; FILE.json goes beside it. */
  readonly export?: string;
}

/** A picture that was found. */
export interface SimilarPicture {
  readonly path: string;
  readonly file: string;
  /** Its class, where the folder is sorted into classes. */
  readonly label?: string;
  /** From −1 to 1: the cosine of the centred vectors. */
  readonly similarity: number;
  /** Whether its bytes are those of the query. */
  readonly copy: boolean;
}

/** What was found for one picture. */
export interface SimilarToQuery {
  readonly path: string;
  readonly file: string;
  /** The most similar first; the query's own file is left out. */
  readonly results: readonly SimilarPicture[];
}

export interface Similar {
  /** How many pictures were looked through. */
  readonly pictures: number;
  readonly queries: readonly SimilarToQuery[];
  /** What lay beside the pictures, and pictures that could not be used. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Finds the pictures of a folder that are most like each query, by what a run's head, or the head on a network of the
 * zoo, reads of them.
 *
 * @param run folder of a run, or a network of the zoo.
 * @param queries pictures, folders or patterns, as on the command line.
 * @throws UserError when there is no such run, folder or picture.
 */
export async function findSimilar(
  run: string,
  queries: readonly string[],
  options: SimilarOptions,
  hooks: Hooks = {},
): Promise<Similar> {
  const { top = 10 } = options;
  if (!(Number.isInteger(top) && top >= 1)) {
    throw new UserError(`Expected --top of at least 1 but received ${top}.`);
  }
  try {
    return await againWhenLost(() => search(run, queries, top, options, hooks), hooks);
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted('The search was interrupted.');
    throw error;
  }
}

async function search(
  run: string,
  given: readonly string[],
  top: number,
  { in: folder, layout = 'auto', export: file }: SimilarOptions,
  hooks: Hooks,
): Promise<Similar> {
  const { signal } = hooks;
  const stops = signal && { signal };
  const asked = await digested(given, { ...stops });
  const onProgress = (done: number, total: number) =>
    hooks.onProgress?.({ kind: 'work', stage: 'Checking pictures', done, total, unit: 'pictures' });
  const looked = await readCollection(folder, { layout, onProgress, ...stops });
  return closingAll(async (keep) => {
    const vectors = keep(await pictureVectors(run, looked.pictures, asked.pictures, hooks));
    const { pictures, rows } = vectors.collection;
    const cosine = await centredCosineOf(rows, signal);
    if (file !== undefined)
      await writeVectors(file, { pictures, rows, labels: looked.labels }, cosine, signal);
    const placesOf = placesByFile(pictures);
    const leftOut = vectors.queries.pictures.map(
      (query) => placesOf.get(realPath(query)) ?? new Set<number>(),
    );
    const found = await searchExactly(rows, readAll(vectors.queries.rows), cosine, top, { leftOut, signal });
    return {
      pictures: pictures.length,
      queries: vectors.queries.pictures.map((query, i) => ({
        path: query.path,
        file: query.file,
        results: found[i]!.map(({ place, similarity }) => {
          const { path, file, label, digest } = pictures[place]!;
          const named = label >= 0 && { label: looked.labels[label]! };
          return { path, file, ...named, similarity, copy: digest === query.digest };
        }),
      })),
      skipped: [...asked.skipped, ...looked.skipped, ...vectors.broken],
    };
  });
}

/** Where each file comes in a collection: through links, perhaps several times. */
function placesByFile(pictures: readonly Picture[]): Map<string, Set<number>> {
  const places = new Map<string, Set<number>>();
  for (const [place, picture] of pictures.entries()) {
    const real = realPath(picture);
    places.set(real, (places.get(real) ?? new Set()).add(place));
  }
  return places;
}

function realPath({ file }: Picture): string {
  try {
    return realpathSync(pathToOpen(file), { encoding: 'latin1' });
  } catch {
    return file; // gone since it was read
  }
}
