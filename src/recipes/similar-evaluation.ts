import { readCollection } from '../data/collection.js';
import { byCodePoints, type Picture, type SkippedFile } from '../data/pictures.js';
import type { LayoutName } from '../data/split-names.js';
import {
  averagePrecision,
  measureRetrieval,
  type RankedQuery,
  type RetrievalMetrics,
} from '../evaluation/retrieval.js';
import { type MeanWithInterval, meanWithInterval } from '../evaluation/bootstrap.js';
import { againWhenLost } from '../features/lost-features.js';
import { centredCosineOf } from '../retrieval/centred.js';
import { allSimilarities } from '../retrieval/exact-search.js';
import { ranksOf } from '../retrieval/ranks.js';
import { heldRows, readAll } from '../retrieval/rows.js';
import { pictureVectors } from '../runs/picture-vectors.js';
import { findTrainedPictures } from '../runs/trained-pictures.js';
import { isRun } from '../runs/zoo-classifier.js';
import { closingAll } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';

export interface SimilarEvaluationOptions {
  /** The folder that is looked through, sorted into classes. */
  readonly in: string;
  /** Another folder of the same classes whose pictures are looked for; else every picture of `in`, among the others. */
  readonly queries?: string;
  /** What the folders are. */
  readonly layout?: LayoutName;
}

/** How well pictures of the same class are found. */
export interface SimilarEvaluation extends RetrievalMetrics {
  /** How many pictures were looked through. */
  readonly pictures: number;
  /** Mean average precision of the queries of each class. */
  readonly classes: readonly ({ readonly label: string } & MeanWithInterval)[];
  /** Of more queries than are taken, how many there were. */
  readonly drawnFrom?: number;
  /** Of the queries those that the run has trained or chosen on, or that look like such a one: they flatter. */
  readonly trained: number;
  /** Queries with no other picture of their class to be found: they are left out. */
  readonly withoutOthers: number;
  readonly skipped: readonly SkippedFile[];
}

/** More do not make the intervals much narrower. */
const mostQueries = 2000;

/**
 * Measures how well a search finds pictures of the same class. Copies of the query, byte for byte, take no part.
 *
 * @throws UserError when the folders are not sorted into classes, have none in common, or hold no picture that can be read.
 */
export async function evaluateSimilar(
  run: string,
  options: SimilarEvaluationOptions,
  hooks: Hooks = {},
): Promise<SimilarEvaluation> {
  try {
    return await againWhenLost(() => measure(run, options, hooks), hooks);
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted('The evaluation was interrupted.');
    throw error;
  }
}

async function measure(
  run: string,
  { in: folder, queries: other, layout = 'auto' }: SimilarEvaluationOptions,
  hooks: Hooks,
): Promise<SimilarEvaluation> {
  const { signal } = hooks;
  const read = (directory: string) => labelledCollection(directory, layout, hooks);
  const looked = await read(folder);
  const asked = other === undefined ? looked : await read(other);
  const common = asked.labels.filter((label) => looked.labels.includes(label));
  if (common.length === 0) {
    throw new UserError(
      `Expected classes of '${folder}' (${looked.labels.slice(0, 3).join(', ')} …) in '${other}' but it has others: ${asked.labels.slice(0, 3).join(', ')} ….`,
    );
  }
  const candidates = asked.pictures.filter(({ label }) => common.includes(asked.labels[label]!));
  const drawn =
    candidates.length > mostQueries
      ? new Random(0).fork('queries').shuffle(candidates).slice(0, mostQueries)
      : candidates;

  return closingAll(async (keep) => {
    const vectors = keep(await pictureVectors(run, looked.pictures, drawn, hooks));
    const { pictures, rows } = vectors.collection;
    const labelOf = (picture: Picture) => looked.labels[picture.label]!;
    const cosine = await centredCosineOf(rows, signal);
    const ranked: (RankedQuery & { readonly label: string })[] = [];
    const questions = vectors.queries.pictures;
    const queryRows = readAll(vectors.queries.rows);
    let done = 0;
    for await (const similarities of allSimilarities(heldRows(rows), queryRows, cosine, signal)) {
      const { label: place, digest } = questions[done++]!;
      const label = asked.labels[place]!;
      const found = ranksOf(
        similarities,
        (i) => pictures[i]!.digest !== digest,
        (i) => labelOf(pictures[i]!) === label,
      );
      if (found.ranks.length > 0) ranked.push({ ...found, label });
      hooks.onProgress?.({
        kind: 'work',
        stage: 'Comparing',
        done,
        total: questions.length,
        unit: 'pictures',
      });
    }
    if (ranked.length === 0) {
      throw new UserError(`Expected classes of several pictures in '${folder}' but each has only one.`);
    }
    return {
      pictures: pictures.length,
      ...measureRetrieval(ranked),
      classes: perClass(ranked),
      ...(drawn !== candidates && { drawnFrom: candidates.length }),
      trained: await trainedOf(run, questions, signal),
      withoutOthers: questions.length - ranked.length,
      skipped: [...new Set([...looked.skipped, ...asked.skipped, ...vectors.broken])],
    };
  });
}

/** Of a network of the zoo, none. */
async function trainedOf(
  run: string,
  questions: readonly Picture[],
  signal: AbortSignal | undefined,
): Promise<number> {
  if (!isRun(run)) return 0;
  const { copies, nearCopies } = await findTrainedPictures(run, questions, signal);
  return copies.size + nearCopies.size;
}

/** A folder's pictures that belong to a class. */
async function labelledCollection(directory: string, layout: LayoutName, { onProgress, signal }: Hooks) {
  const collection = await readCollection(directory, {
    sorted: true,
    layout,
    ...(signal && { signal }),
    onProgress: (done, total) =>
      onProgress?.({ kind: 'work', stage: 'Checking pictures', done, total, unit: 'pictures' }),
  });
  return { ...collection, pictures: collection.pictures.filter(({ label }) => label >= 0) };
}

function perClass(ranked: readonly (RankedQuery & { readonly label: string })[]) {
  const labels = [...new Set(ranked.map(({ label }) => label))].sort(byCodePoints);
  return labels.map((label) => {
    const own = ranked.filter((query) => query.label === label);
    return { label, ...meanWithInterval(own.map(({ ranks }) => averagePrecision(ranks))) };
  });
}
